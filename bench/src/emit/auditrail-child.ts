import { createAuditLogger } from '@auditrail/sdk';
import { childInput } from '../child.ts';
import { sampleEntry } from '../sample.ts';
import { CALLS_A_TURN, measure, nextTurn, type Measured } from './measure.ts';

export interface AuditrailInput {
  entries: number;
  warmUp: number;
  folder: string;
  endpoint: string;
  /** Callers that each wait for a receipt before they write again; 0 waits for none until the end. */
  callers: number;
  /** Measure until the collector has accepted everything, not only until it is on disk. */
  delivered: boolean;
}

const { entries, warmUp, folder, endpoint, callers, delivered } = childInput<AuditrailInput>();
const silent = { warn: () => undefined, error: () => undefined };
const audit = createAuditLogger({ service: 'bench', spool: folder, endpoint, log: silent });

async function withoutWaiting(count: number): Promise<void> {
  let last: Promise<unknown> | undefined;
  for (let n = 0; n < count; n++) {
    last = audit.record(sampleEntry(100_000 + n));
    if (n % CALLS_A_TURN === 0) await nextTurn();
  }
  // They are stored in order; one that is refused would end this program.
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
// A program that is done, not one that waits for a collector that is not there.
console.log(JSON.stringify(result));
await audit.shutdown({ timeoutMs: 0 });
process.exit(0);
