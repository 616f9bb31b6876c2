import { formatTime, LIMITS, msToNs, parseTime } from '@auditrail/core';
import { type TimeRange } from '@auditrail/core/query';
import { parseDurationMs } from '@auditrail/core/loki';
import { UsageError } from './usage-error.ts';

const DAY_NS = 86_400_000_000_000n;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Nanoseconds of a time on the command line.
 *
 * @param now milliseconds
 * @throws UsageError
 * @example parseStart('7d', Date.now()); parseStart('now-7d', Date.now()); parseStart('2026-11-21', Date.now()); parseStart('2026-11-21T06:18:19Z', Date.now())
 */
export function parseStart(text: string, now: number): bigint {
  if (text === 'now') return msToNs(now);
  const durationMs = parseDurationMs(text.replace(/^now-/, ''));
  if (durationMs !== undefined) return msToNs(now - durationMs);
  const ns = parseTime(DATE.test(text) ? `${text}T00:00:00Z` : text);
  if (ns === undefined) {
    throw new UsageError(`${text} is not a time: give 2026-11-21 (UTC), 2026-11-21T06:18:19Z or 7d (ago)`);
  }
  return ns;
}

/**
 * Nanoseconds of the end of a range, which is excluded. A date includes its whole day. `now` is as far ahead as the
 * collector allows clocks to be, so that the range includes everything written up to now.
 *
 * @throws UsageError
 * @example parseEnd('2026-11-21', Date.now()) === parseStart('2026-11-22', Date.now())
 */
export function parseEnd(text: string, now: number): bigint {
  const ns = parseStart(text, text === 'now' ? now + LIMITS.aheadMs : now);
  return DATE.test(text) ? ns + DAY_NS : ns;
}

/**
 * The range of `--from` and `--to`.
 *
 * @throws UsageError if a text is not a time, or the range is empty
 */
export function parseRange(from: string, to: string, now = Date.now()): TimeRange {
  const range = { start: parseStart(from, now), end: parseEnd(to, now) };
  if (range.start < range.end) return range;
  throw new UsageError(`the range is empty: --from ${from} is not before --to ${to}`);
}

const shortTime = (ns: bigint) => formatTime(ns).replace(/\.0+Z$/, 'Z');

/** The range for people. */
export function rangeText({ start, end }: TimeRange): string {
  return `${shortTime(start)} to ${shortTime(end)} (end excluded)`;
}
