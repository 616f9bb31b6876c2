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
 * The last entry of the process before, from the last line of its spool.
 *
 * @returns without a hash where its key is not at hand; `undefined` where there is none
 * @throws AuditError `INVALID_ENTRY` where the line is no entry
 */
export function predecessorOf(lastLine: string | undefined, integrity: IntegrityOptions): Predecessor | undefined {
  if (lastLine === undefined) return undefined;
  const { chain } = parseEntry(lastLine);
  if (!chain) return undefined;
  const hash = digestFor(chain.keyId, integrity)?.digest(lastLine);
  return { stream: chain.stream, seq: chain.seq, ...(hash !== undefined && { hash }) };
}

/** The first entry of a stream; it names the stream that this emitter wrote before, so that its end cannot be cut off. */
export function startedEntry(predecessor: Predecessor | undefined, sign: SignStatement): AuditEntryInput {
  const { started } = CHAIN_ACTIONS;
  if (!predecessor) return chainEntry(started, 'A new chain of entries begins', sign(started, {}));
  const { stream, seq, hash } = predecessor;
  const body = { predecessor: { stream, seq, ...(hash !== undefined && { hash }) } };
  return chainEntry(started, `A new chain of entries goes on from ${stream}, entry ${seq}`, sign(started, body));
}

/** The last entry of a stream, for a clean shutdown: what is missing at the end shows. */
export function endedEntry(stream: string, { seq, hash }: ChainTip, sign: SignStatement): AuditEntryInput {
  const { ended } = CHAIN_ACTIONS;
  const tips = hash === null ? [] : [tipJson({ stream, seq, hash })];
  return chainEntry(ended, `The chain of entries ends after ${seq} entries`, sign(ended, { tips }));
}

/** Fixes what was written so far: nobody without the signing key can change it any more unnoticed. */
export function checkpointEntry(tips: readonly Tip[], sign: SignStatement): AuditEntryInput {
  const { checkpoint } = CHAIN_ACTIONS;
  const places = tips.length === 1 ? `entry ${tips[0]?.seq}` : `${tips.length} chains`;
  return chainEntry(checkpoint, `Checkpoint at ${places}`, sign(checkpoint, { tips: tips.map(tipJson) }));
}

/**
 * The transition to another key; the entry itself still bears the old one, and those after it the new one
 * (`chain.advance(hash, to.id)`).
 *
 * @param integrity as it was until now: its signer, or else its key, vouches for the new key
 */
export function rekeyedEntry(integrity: IntegrityOptions, to: Pick<IntegrityKey, 'id'>): AuditEntryInput {
  const { rekeyed } = CHAIN_ACTIONS;
  const body = { rekey: { from: integrity.key?.id ?? null, to: to.id } };
  return chainEntry(rekeyed, `The entries that follow bear the key ${to.id}`, createSigner(integrity)(rekeyed, body));
}
