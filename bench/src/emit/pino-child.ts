import { statSync } from 'node:fs';
import { join } from 'node:path';
import { completeEntry } from '@auditrail/core';
import { pino } from 'pino';
import { childInput } from '../child.ts';
import { sampleEntry } from '../sample.ts';
import { CALLS_PER_TURN, measure, nextTurn, type Measured } from './measure.ts';

/** The cost of writing the same entries to a file with pino. */
export interface PinoResult extends Measured {
  lineBytes: number;
}

const { entries, warmUp, folder } = childInput<{ entries: number; warmUp: number; folder: string }>();
const file = join(folder, 'pino.log');
const logger = pino({ base: null }, pino.destination({ dest: file, sync: true }));

// The fields that the SDK adds are computed in advance, so that pino only writes them.
const stamp = {
  id: '019b0c3f-7a10-7c3e-9a5e-0123456789ab',
  time: '2026-11-21T06:18:19.123456789Z',
  service: 'bench',
  chain: { stream: '019b0c3f-7a10-7c3e-9a5e-0123456789ac', seq: 100_000, prev: 'a'.repeat(64) },
};
// Without schema and time: pino adds its own level and time, which are about as long.
const { event, channel, category, ...rest } = completeEntry(sampleEntry(100_000), stamp);
const added = { event, channel, category, id: rest.id, service: rest.service, chain: rest.chain };

async function write(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    logger.info({ ...added, ...sampleEntry(100_000 + n) });
    if (n % CALLS_PER_TURN === 0) await nextTurn();
  }
}

await write(warmUp);
const before = statSync(file).size;
const measured = await measure(() => write(entries));
const result: PinoResult = { ...measured, lineBytes: (statSync(file).size - before) / entries };
console.log(JSON.stringify(result));
