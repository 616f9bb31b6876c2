import { createWriteStream } from 'node:fs';
import { anyEntryInput } from '../../../core/src/testing/entries.ts';
import { AuditError, createAuditLogger, type AuditEntryInput } from '@auditrail/sdk';
import fc from 'fast-check';
import { childInput } from '../child.ts';
import { oddInput } from './odd-input.ts';

export interface FuzzInput {
  inputs: number;
  seed: number;
  endpoint: string;
  token: string;
  tenant: string;
  spool: string;
  /** The file for receipts, lines `id hash`. */
  ledger: string;
}

export interface FuzzResult {
  accepted: number;
  /** Refusals by code. */
  refused: Record<string, number>;
  /** Errors without a code: the first line of the message, and how often it occurred. */
  uncoded: Record<string, number>;
  /** Whether `Object.prototype` has new members. */
  polluted: boolean;
}

const { inputs, seed, endpoint, token, tenant, spool, ledger } = childInput<FuzzInput>();
const audit = createAuditLogger({ service: 'fuzz', spool, endpoint, token, tenant });
const receipts = createWriteStream(ledger);
const result: FuzzResult = { accepted: 0, refused: {}, uncoded: {}, polluted: false };
const count = (counts: Record<string, number>, key: string) => (counts[key] = (counts[key] ?? 0) + 1);
const prototypeBefore = Object.getOwnPropertyNames(Object.prototype).length;

async function record(input: unknown): Promise<void> {
  try {
    // The input may be anything.
    const { id, hash } = await audit.record(input as AuditEntryInput);
    receipts.write(`${id} ${hash}\n`);
    result.accepted += 1;
  } catch (error) {
    if (error instanceof AuditError) count(result.refused, error.code);
    else count(result.uncoded, String(error).split('\n')[0]?.slice(0, 200) ?? '');
  }
}

const ROUND = 1_000;
const arbitrary = oddInput(anyEntryInput);
for (let done = 0; done < inputs; done += ROUND) {
  const numRuns = Math.min(ROUND, inputs - done);
  await Promise.all(fc.sample(arbitrary, { numRuns, seed: seed * 1_000_003 + done }).map(record));
}
result.polluted = Object.getOwnPropertyNames(Object.prototype).length !== prototypeBefore;
await new Promise<void>((resolve) => receipts.end(resolve));
await audit.flush({ timeoutMs: 300_000 });
await audit.shutdown();
console.log(JSON.stringify(result));
