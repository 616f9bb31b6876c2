import { createAuditLogger } from '@auditrail/sdk';
import { childInput } from '../child.ts';
import { sampleEntry } from '../sample.ts';

export interface OutageInput {
  entries: number;
  /** Number of entries before memory is measured for the first time. */
  warmUp: number;
  spool: string;
  endpoint: string;
}

/** Resident memory and JavaScript heap in bytes, each after a garbage collection. */
export interface OutageResult {
  heapStart: number;
  heapEnd: number;
  start: number;
  end: number;
  most: number;
  pending: number;
}

const { entries, warmUp, spool, endpoint } = childInput<OutageInput>();
// Enough for a whole outage: 3.6 million entries of about 600 bytes.
const spoolMaxBytes = 8 * 2 ** 30;
const log = { warn: () => undefined, error: () => undefined };
const audit = createAuditLogger({ service: 'bench', spool, endpoint, spoolMaxBytes, maxBackoffMs: 1_000, log });

function residentBytes(): number {
  if (!globalThis.gc) throw new Error('run with --expose-gc');
  globalThis.gc();
  return process.memoryUsage.rss();
}

async function write(count: number): Promise<void> {
  for (let n = 0; n < count; n += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => audit.record(sampleEntry(n + i))));
  }
}

await write(warmUp);
const start = residentBytes();
const heapStart = process.memoryUsage().heapUsed;
let [most, end] = [start, start];
const SAMPLES = 50;
for (let sample = 0; sample < SAMPLES; sample++) {
  await write(Math.ceil(entries / SAMPLES));
  end = residentBytes();
  most = Math.max(most, end);
}
const result: OutageResult = {
  heapStart,
  heapEnd: process.memoryUsage().heapUsed,
  start,
  end,
  most,
  pending: audit.pending,
};
console.log(JSON.stringify(result));
process.exit(0);
