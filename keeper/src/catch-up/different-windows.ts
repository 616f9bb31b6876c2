import { readTimeSums, type LokiClient } from '@auditrail/core/loki';
import type { DaysReader } from '../days/read-days.ts';
import type { Window } from './store.ts';

const MS_NS = 1_000_000n;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** The sums of times of a window in Loki and in the keeper; 0 without lines. */
export interface WindowSums extends Window {
  lokiSum: string;
  keeperSum: string;
}

/** From this on, a sum in Loki is rounded. */
const EXACT = 2 ** 53;

/** Whether both have the same lines. A sum that is not exact is different, so that shorter windows are compared. */
export function isSame({ lokiSum, keeperSum }: WindowSums): boolean {
  return lokiSum === keeperSum && Number(lokiSum) < EXACT;
}

/**
 * The sums of all windows in a stretch of time in which Loki or the keeper has lines: one query of each.
 *
 * @param span whole windows
 */
export async function readSums(
  loki: LokiClient,
  reader: Pick<DaysReader, 'timeSums'>,
  { fromMs, toMs }: Window,
  { windowMs, signal }: { windowMs: number; signal: AbortSignal },
): Promise<WindowSums[]> {
  const range = { start: BigInt(fromMs) * MS_NS, end: BigInt(toMs) * MS_NS };
  const windowSeconds = windowMs / 1000;
  const inLoki = await readTimeSums(loki, { range, windowSeconds, signal });
  const here = await reader.timeSums(range, windowSeconds);
  const ends = [...new Set([...inLoki.keys(), ...here.keys()])].sort((a, b) => (a < b ? -1 : 1));
  return ends.map((end) => {
    const until = Number(end / MS_NS);
    return {
      ...{ fromMs: until - windowMs, toMs: until },
      ...{ lokiSum: String(inLoki.get(end) ?? 0), keeperSum: String(here.get(end) ?? 0n) },
    };
  });
}
