import { dateTimeForTimeZone } from '@grafana/data';
import type { TimeZone } from './time-zone.ts';
import { toTimeRange, type Bounds } from './view-range.ts';
import { nsToMs } from '@auditrail/core';

/** The calendar ranges that the page can jump to, each until now. */
export const JUMPS = {
  day: { from: 'now/d', to: 'now' },
  week: { from: 'now/w', to: 'now' },
  month: { from: 'now/M', to: 'now' },
} as const satisfies Record<string, Bounds>;
export type Jump = keyof typeof JUMPS;
const UNITS = ['day', 'week', 'month'] as const satisfies readonly Jump[];

const iso = (ms: number) => new Date(ms).toISOString();

/** The jump that a range equals, if any. */
export function jumpOf({ from, to }: Bounds): Jump | undefined {
  return UNITS.find((unit) => JUMPS[unit].from === from && JUMPS[unit].to === to);
}

// Both ends are included, to the millisecond.
function spanOf(bounds: Bounds, zone: TimeZone): { from: number; to: number } {
  const { start, end } = toTimeRange(bounds, zone);
  return { from: nsToMs(start), to: nsToMs(end) - 1 };
}

const momentOf = (ms: number, zone: TimeZone) => dateTimeForTimeZone(zone, ms);

// The unit of a range that is a whole day, week, or month, or one until now.
function unitOf(bounds: Bounds, zone: TimeZone): Jump | undefined {
  const { from, to } = spanOf(bounds, zone);
  return (
    jumpOf(bounds) ??
    UNITS.find(
      (unit) =>
        momentOf(from, zone).startOf(unit).valueOf() === from && momentOf(from, zone).endOf(unit).valueOf() === to,
    )
  );
}

const UNITS_OF_TIME: Array<[letter: string, seconds: number]> = [
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
];
// Grafana's relative times allow five digits.
const LARGEST = 99_999;

// A relative time of this length. Rounded if a long range is not a multiple of a suitable unit.
function untilNow(spanMs: number): Bounds {
  const seconds = Math.max(1, Math.round(spanMs / 1000));
  const [, finest] = UNITS_OF_TIME.find(([, length]) => seconds / length <= LARGEST) ?? ['d', 86_400];
  const rounded = Math.round(seconds / finest) * finest;
  const [letter, length] = UNITS_OF_TIME.findLast(([, each]) => rounded % each === 0) ?? ['s', 1];
  return { from: `now-${rounded / length}${letter}`, to: 'now' };
}

/**
 * The range of the same length before (`-1`) or after (`1`) a range. A day, week, or month moves by the calendar. Does not go
 * beyond now; `undefined` if the range already ends now.
 */
export function moveRange(bounds: Bounds, by: -1 | 1, zone: TimeZone, nowMs = Date.now()): Bounds | undefined {
  const { from, to } = spanOf(bounds, zone);
  if (by === 1 && to >= nowMs - 1000) return undefined;
  const unit = unitOf(bounds, zone);
  if (unit) {
    const other = momentOf(from, zone).add(by, unit);
    const [start, end] = [other.startOf(unit).valueOf(), momentOf(other.valueOf(), zone).endOf(unit).valueOf()];
    return end >= nowMs ? JUMPS[unit] : { from: iso(start), to: iso(end) };
  }
  const span = to - from + 1;
  if (by === 1 && to + span >= nowMs) return untilNow(span);
  return { from: iso(from + by * span), to: iso(to + by * span) };
}

/** A range that is twice as long around the same middle, but not beyond now. */
export function widenRange(bounds: Bounds, zone: TimeZone, nowMs = Date.now()): Bounds {
  const { from, to } = spanOf(bounds, zone);
  const span = to - from + 1;
  if (to + span / 2 >= nowMs) return untilNow(2 * span);
  return { from: iso(Math.max(0, from - span / 2)), to: iso(to + span / 2) };
}

/** An absolute range. */
export const fixedRange = (fromMs: number, toMs: number): Bounds => ({ from: iso(fromMs), to: iso(toMs) });
