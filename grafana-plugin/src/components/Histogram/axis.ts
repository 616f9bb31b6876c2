import { msToNs } from '@auditrail/core';
import { absoluteTime } from '../../format/when.ts';
import type { TimeZone } from '../../state/time-zone.ts';
import type { Bar } from './bars.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 56, 91, 182, 364].map((count) => count * DAY),
];
const WEEK = 7 * DAY;
// 1970 began on a Thursday.
const MONDAY = 4 * DAY;
/** Steps of an axis, times a power of ten. */
const NICE = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];

/** A round number that is at least as high as the highest bar. */
export function roundUp(highest: number): number {
  const scale = 10 ** Math.floor(Math.log10(Math.max(1, highest)));
  const round = NICE.map((nice) => nice * scale).find((nice) => nice >= highest && Number.isInteger(nice));
  return round ?? 10 * scale;
}

/** The numbers beside the chart, from the top. Half of the top one is included if it is an integer. */
export const numbersOf = (top: number): number[] => (top % 2 === 0 ? [top, top / 2, 0] : [top, 0]);

export interface Tick {
  /** Position from 0 to 1. */
  at: number;
  label: string;
}

// Offset from UTC to the shown time, in milliseconds.
const offsetAt = (ms: number, zone: TimeZone) => (zone === 'utc' ? 0 : -new Date(ms).getTimezoneOffset() * MINUTE);

function labelOf(ms: number, step: number, zone: TimeZone): string {
  const text = absoluteTime(msToNs(ms), zone);
  const isMidnight = text.endsWith('00:00:00');
  if (step >= DAY || isMidnight) return text.slice(5, 10);
  return step < MINUTE ? text.slice(11, 19) : text.slice(11, 16);
}

/** At most `most` ticks within the bars of the chart. All bars have the same width, regardless of their duration. */
export function timeTicks(bars: readonly Bar[], zone: TimeZone, most: number): Tick[] {
  const [first, last] = [bars[0], bars.at(-1)];
  if (!first || !last || most < 1) return [];
  const step = STEPS.find((one) => (last.end - first.start) / one <= most);
  if (step === undefined) return [];
  const ticks: Tick[] = [];
  const offset = offsetAt(first.start, zone);
  const base = step % WEEK === 0 ? MONDAY : 0;
  let index = 0;
  for (let shown = Math.ceil((first.start + offset - base) / step) * step + base; ; shown += step) {
    // Daylight saving time can start or end within the chart.
    const ms = shown - offsetAt(shown - offset, zone);
    if (ms >= last.end) return ticks;
    while (index < bars.length - 1 && (bars[index]?.end ?? ms) <= ms) index += 1;
    const { start, end } = bars[index] ?? last;
    ticks.push({ at: (index + (ms - start) / (end - start)) / bars.length, label: labelOf(ms, step, zone) });
  }
}
