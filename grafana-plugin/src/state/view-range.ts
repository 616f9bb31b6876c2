import { dateMath, dateTime, type TimeRange as GrafanaTimeRange } from '@grafana/data';
import { LIMITS, msToNs } from '@auditrail/core';
import type { TimeRange } from '@auditrail/core/query';
import type { TimeZone } from './time-zone.ts';

/** The time range of a view: Grafana's relative times (`now-1h`, `now/d`) or RFC 3339 in UTC with milliseconds. */
export interface Bounds {
  from: string;
  to: string;
}

const RELATIVE = /^now([+-]\d{1,6}[smhdwMQy]){0,8}(\/[smhdwMQy])?$/;
// Grafana's traces have fractions of milliseconds.
const EPOCH_MS = /^\d{10,14}(\.\d{1,9})?$/;
const ABSOLUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

/** A time of an address in its one spelling, so that equal views have equal addresses. `undefined` if it is not a time. */
export function parseBound(text: string): string | undefined {
  if (RELATIVE.test(text)) return text;
  const ms = EPOCH_MS.test(text) ? Number(text) : ABSOLUTE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** A bound in milliseconds since 1970. "Today" begins at midnight of the time zone in which times are shown. */
export function boundMs(text: string, roundUp: boolean, zone: TimeZone = 'utc'): number {
  if (!RELATIVE.test(text)) return Date.parse(text);
  return dateMath.toDateTime(text, { roundUp, timezone: zone })?.valueOf() ?? Number.NaN;
}

/**
 * Clocks differ: an entry that was just recorded can have a time that this browser has not reached yet. The collector
 * accepts times up to this far ahead, so a range that ends now is read, counted, and exported that far.
 */
export const CLOCK_GRACE_MS = LIMITS.aheadMs;

/** A range as of now. Both ends are included, to the millisecond. */
export function toTimeRange({ from, to }: Bounds, zone?: TimeZone): TimeRange {
  return { start: msToNs(boundMs(from, false, zone)), end: msToNs(boundMs(to, true, zone) + 1) };
}

/** The range to read entries from: that of {@link toTimeRange}, extended past now if its end is relative. */
export function toReadRange(bounds: Bounds, zone?: TimeZone): TimeRange {
  const now = Date.now();
  const { start, end } = toTimeRange(bounds, zone);
  if (!RELATIVE.test(bounds.to) || end <= msToNs(now)) return { start, end };
  // Also for "until the end of today", shortly before midnight.
  const ahead = msToNs(now + 1 + CLOCK_GRACE_MS);
  return { start, end: end > ahead ? end : ahead };
}

/** A range in the form of Grafana's time picker. */
export function toPickerRange({ from, to }: Bounds, zone: TimeZone = 'utc'): GrafanaTimeRange {
  const moment = (ms: number) => (zone === 'utc' ? dateTime(ms).utc() : dateTime(ms));
  const raw = (text: string) => (RELATIVE.test(text) ? text : moment(Date.parse(text)));
  return {
    from: moment(boundMs(from, false, zone)),
    to: moment(boundMs(to, true, zone)),
    raw: { from: raw(from), to: raw(to) },
  };
}

/** The range that was chosen in Grafana's time picker. Times that the page cannot use become absolute. */
export function fromPickerRange({ from, to, raw }: GrafanaTimeRange): Bounds {
  const bound = (text: unknown, ms: number) =>
    (typeof text === 'string' ? parseBound(text) : undefined) ?? new Date(ms).toISOString();
  return { from: bound(raw.from, from.valueOf()), to: bound(raw.to, to.valueOf()) };
}
