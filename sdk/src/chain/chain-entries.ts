import {
  CHAIN_ACTIONS,
  CHAIN_CHANNEL,
  parseEntry,
  type AuditEntryInput,
  type JsonValue,
  type Predecessor,
  type Tip,
} from '@auditrail/core';
import type { ChainTip } from './chain.ts';
import { createSigner, digestFor, type IntegrityKey, type IntegrityOptions, type SignStatement } from './integrity.ts';

function chainEntry(action: string, description: string, properties: Record<string, JsonValue>): AuditEntryInput {
  return { action, channel: CHAIN_CHANNEL, category: 'system', description, actor: { type: 'system' }, properties };
}

const tipJson = ({ stream, seq, hash }: Tip) => ({ stream, seq, hash });

/**
 * The last entry of the previous process, from the last line of its spool.
 *
 * @returns without a hash if its key is not available; `undefined` if there is no such entry
 * @throws AuditError `INVALID_ENTRY` if the line is not an entry
 */
export function predecessorOf(lastLine: string | undefined, integrity: IntegrityOptions): Predecessor | undefined {
  if (lastLine === undefined) return undefined;
  const { chain } = parseEntry(lastLine);
  if (!chain) return undefined;
  const hash = digestFor(chain.keyId, integrity)?.digest(lastLine);
  return { stream: chain.stream, seq: chain.seq, ...(hash !== undefined && { hash }) };
}

/** The first entry of a stream. It names the emitter's previous stream, so that the end of that one cannot be removed. */
export function startedEntry(predecessor: Predecessor | undefined, sign: SignStatement): AuditEntryInput {
  const { started } = CHAIN_ACTIONS;
  if (!predecessor) return chainEntry(started, 'A new chain of entries begins', sign(started, {}));
  const { stream, seq, hash } = predecessor;
  const body = { predecessor: { stream, seq, ...(hash !== undefined && { hash }) } };
  return chainEntry(started, `A new chain of entries continues after ${stream}, entry ${seq}`, sign(started, body));
}

/** The last entry of a stream, at a clean shutdown: with it, entries that are missing at the end are detected. */
export function endedEntry(stream: string, { seq, hash }: ChainTip, sign: SignStatement): AuditEntryInput {
  const { ended } = CHAIN_ACTIONS;
  const tips = hash === null ? [] : [tipJson({ stream, seq, hash })];
  return chainEntry(ended, `The chain of entries ends after ${seq} entries`, sign(ended, { tips }));
}

/** Signs what was written so far: without the signing key, any change to it is detected. */
export function checkpointEntry(tips: readonly Tip[], sign: SignStatement): AuditEntryInput {
  const { checkpoint } = CHAIN_ACTIONS;
  const position = tips.length === 1 ? `entry ${tips[0]?.seq}` : `${tips.length} chains`;
  return chainEntry(checkpoint, `Checkpoint at ${position}`, sign(checkpoint, { tips: tips.map(tipJson) }));
}

/**
 * The transition to another key: the entry itself has the old key, and the entries after it the new one
 * (`chain.advance(hash, to.id)`).
 *
 * @param integrity as it was until now: its signer, or else its key, signs the new key
 */
export function rekeyedEntry(integrity: IntegrityOptions, to: Pick<IntegrityKey, 'id'>): AuditEntryInput {
  const { rekeyed } = CHAIN_ACTIONS;
  const body = { rekey: { from: integrity.key?.id ?? null, to: to.id } };
  return chainEntry(rekeyed, `The entries that follow have the key ${to.id}`, createSigner(integrity)(rekeyed, body));
}
