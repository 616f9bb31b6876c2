import { createHash, createHmac } from 'node:crypto';
import { toAttributes } from '../src/entry/attributes.ts';
import { canonicalJson } from '../src/entry/canonical-json.ts';
import {
  completeEntry,
  parseEntry,
  type AuditEntry,
  type AuditEntryInput,
  type EntryStamp,
} from '../src/entry/entry.ts';
import { AuditError } from '../src/errors.ts';
import { ENTRIES_OF_1, REFUSED_INPUTS, VECTOR_INPUTS, type VectorInput } from './vector-inputs.ts';

export interface Vector {
  name: string;
  /** Missing in a vector of version 1, which is only read. */
  input?: AuditEntryInput;
  stamp?: EntryStamp;
  entry: AuditEntry;
  line: string;
  /** Of the hash, if it is an HMAC. */
  secret?: string;
  hash: string;
  attributes: ReturnType<typeof toAttributes>;
}

const STAMP = {
  id: '019a8f3e-7a10-7000-8000-000000000001',
  time: '2026-11-21T06:18:19.123456789Z',
  service: 'shop',
};

function vectorOf(name: string, entry: AuditEntry, secret?: string): Vector {
  const line = canonicalJson(entry);
  const hash = (secret === undefined ? createHash('sha256') : createHmac('sha256', secret)).update(line).digest('hex');
  return { name, entry, line, ...(secret !== undefined && { secret }), hash, attributes: toAttributes(entry) };
}

function chainOf({ key }: VectorInput, before: Vector | undefined): AuditEntry['chain'] {
  const last = key ? undefined : before?.entry.chain;
  const link = {
    stream: key ? 'shop-2' : 'shop-1',
    seq: (last?.seq ?? 0) + 1,
    prev: last ? (before?.hash ?? null) : null,
  };
  return key ? { ...link, keyId: key.id } : link;
}

function written(): Vector[] {
  const vectors: Vector[] = [];
  for (const one of VECTOR_INPUTS) {
    const chain = one.chained && chainOf(one, vectors.at(-1));
    const stamp = { ...STAMP, ...one.stamp, ...(chain && { chain }) };
    const vector = vectorOf(one.name, completeEntry(one.input, stamp), one.key?.secret);
    const { name, ...rest } = vector;
    vectors.push({ name, input: one.input, stamp, ...rest });
  }
  return vectors;
}

function refusedPaths(input: unknown): string[] {
  try {
    completeEntry(input as AuditEntryInput, STAMP);
  } catch (error) {
    if (error instanceof AuditError && error.code === 'INVALID_ENTRY')
      return (error.issues ?? []).map(({ path }) => path);
    throw error;
  }
  throw new Error('the input is accepted');
}

/** The content of `core/schema/vectors.json`. */
export function testVectors() {
  const older = ENTRIES_OF_1.map(({ name, entry }) => vectorOf(name, parseEntry(canonicalJson(entry))));
  return {
    entries: [...written(), ...older],
    refused: REFUSED_INPUTS.map(({ name, input }) => ({ name, input, paths: refusedPaths(input) })),
  };
}
