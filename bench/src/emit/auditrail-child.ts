import { createAuditLogger } from '@auditrail/sdk';
import { childInput } from '../child.ts';
import { sampleEntry } from '../sample.ts';
import { CALLS_PER_TURN, measure, nextTurn, type Measured } from './measure.ts';

export interface AuditrailInput {
  entries: number;
  warmUp: number;
  folder: string;
  endpoint: string;
  /** Number of callers that each await a receipt before the next call; with 0, only the last receipt is awaited. */
  callers: number;
  /** Measure until the collector has accepted all entries, not only until they are on disk. */
  delivered: boolean;
}

const { entries, warmUp, folder, endpoint, callers, delivered } = childInput<AuditrailInput>();
const silent = { warn: () => undefined, error: () => undefined };
const audit = createAuditLogger({ service: 'bench', spool: folder, endpoint, log: silent });

async function withoutWaiting(count: number): Promise<void> {
  let last: Promise<unknown> | undefined;
  for (let n = 0; n < count; n++) {
    last = audit.record(sampleEntry(100_000 + n));
    if (n % CALLS_PER_TURN === 0) await nextTurn();
  }
  // Entries are stored in order, and a refused one would end this program.
  await last;
}

async function waiting(count: number): Promise<void> {
  let n = 0;
  const caller = async () => {
    while (n < count) await audit.record(sampleEntry(100_000 + n++));
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

async function write(count: number): Promise<void> {
  await (callers > 0 ? waiting(count) : withoutWaiting(count));
  if (delivered) await audit.flush({ timeoutMs: 120_000 });
}

await write(warmUp);
const result: Measured = await measure(() => write(entries));
// Without waiting for the unreachable collector.
console.log(JSON.stringify(result));
await audit.shutdown({ timeoutMs: 0 });
process.exit(0);
