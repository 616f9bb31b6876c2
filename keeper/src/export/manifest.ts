import { sign, verify, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { formatTime, statementText } from '@auditrail/core';
import { isExportFormatId, type ExportFormatId } from '@auditrail/core/formats';
import { entriesQuery, type EntryQuery, type TimeRange } from '@auditrail/core/query';
import { z } from 'zod';
import { chainRange, type ChainRange } from './chain-ranges.ts';
import type { ManifestSigner } from './signer.ts';
import { writeWhole } from './write-whole.ts';

const CUT =
  'Every entry that was stored at asOf, with a time from range.from (included) to range.to (excluded), is in the files ' +
  'once; NDJSON has all lines of an entry that was chained more than once. An entry that arrived later with such a time is in them only if its part of the range had not been read yet.';

// The names come from a file that may be malicious: only plain file names are allowed.
const fileName = z
  .string()
  .regex(/^[^/\\\0]{1,255}$/)
  .refine((name) => name !== '.' && name !== '..');

/** Whether a manifest accepts a text as the name of a file. */
export const isFileName = (name: string): boolean => fileName.safeParse(name).success;

const body = z.looseObject({
  kind: z.literal('auditrail-export'),
  version: z.literal(1),
  tenant: z.string(),
  range: z.looseObject({ from: z.string(), to: z.string() }),
  query: z.looseObject({ logql: z.string() }),
  cut: z.looseObject({ asOf: z.string(), rule: z.string() }),
  order: z.literal('newest first'),
  rows: z.int().min(0),
  /** Rows that repeat an entry with another position in a chain: only NDJSON has them. */
  repetitions: z.int().min(0).optional(),
  /** Stored copies that are not in the files. */
  duplicates: z.int().min(0),
  /** Ids that more than one entry claims: their number, and the first hundred. All these entries are in the files. */
  sharedIds: z.object({ count: z.int().min(0), ids: z.array(z.string()) }).optional(),
  files: z.array(
    z.object({
      format: z.string().refine(isExportFormatId),
      name: fileName,
      rows: z.int().min(0),
      bytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  chains: z.array(chainRange),
});

/** The schema of a manifest's file. */
export const manifestSchema = body.extend({
  signature: z
    .strictObject({ algorithm: z.literal('ed25519'), keyId: z.string(), value: z.string().regex(/^[A-Za-z0-9_-]+$/) })
    .optional(),
});

/** A file of an export. */
export interface ExportedFile {
  format: ExportFormatId;
  /** In the export's folder. */
  name: string;
  rows: number;
  bytes: number;
  /** 64 hex digits. */
  sha256: string;
}

/** The description of an export: its query, its cut, its files with their hashes, its chains; signed by the keeper. */
export type ExportManifest = z.output<typeof manifestSchema>;

/** Separates these signatures from others of the same Ed25519 key. */
const SIGNED_AS = 'audit.export.manifest';

export interface ManifestInput {
  tenant: string;
  query?: EntryQuery;
  range: TimeRange;
  asOf: string;
  rows: number;
  repetitions: number;
  duplicates: number;
  sharedIds: { count: number; ids: string[] };
  files: ExportedFile[];
  chains: ChainRange[];
  signer?: ManifestSigner;
}

/** The manifest of an export, signed if there is a signer. */
export function makeManifest(input: ManifestInput): ExportManifest {
  const { tenant, query = {}, range, asOf, rows, repetitions, duplicates, sharedIds, files, chains, signer } = input;
  const { filters = [], search } = query;
  const manifest: ExportManifest = {
    kind: 'auditrail-export',
    version: 1,
    tenant,
    range: { from: formatTime(range.start), to: formatTime(range.end) },
    query: { filters: [...filters], ...(search && { search }), logql: entriesQuery(query) },
    cut: { asOf, rule: CUT },
    order: 'newest first',
    rows,
    repetitions,
    duplicates,
    sharedIds,
    files,
    chains,
  };
  if (!signer) return manifest;
  // As it is read back: without undefined members.
  const text = statementText(SIGNED_AS, JSON.parse(JSON.stringify(manifest)) as Record<string, unknown>);
  const value = sign(null, Buffer.from(text), signer.privateKey).toString('base64url');
  return { ...manifest, signature: { algorithm: 'ed25519', keyId: signer.keyId, value } };
}

/** Whether the manifest, as it was read, has a valid signature of this key. */
export function isSignedBy(manifest: Record<string, unknown>, signature: string, publicKey: KeyObject): boolean {
  const text = statementText(SIGNED_AS, manifest);
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'));
}

/** Writes the manifest beside the files and returns its name. */
export async function writeManifest(folder: string, name: string, manifest: ExportManifest): Promise<string> {
  const manifestName = `${name}.manifest.json`;
  await writeWhole(join(folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifestName;
}
