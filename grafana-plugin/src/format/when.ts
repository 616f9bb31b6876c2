import { formatTime, nsToMs, parseTime } from '@auditrail/core';
import type { TimeZone } from '../state/time-zone.ts';

/** `2026-11-21 06:18:19`, in UTC or in the browser's time. */
export function absoluteTime(ns: bigint, zone: TimeZone = 'utc'): string {
  if (zone === 'utc') return formatTime(ns).slice(0, 19).replace('T', ' ');
  const date = new Date(nsToMs(ns));
  const two = (part: number) => String(part).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

// The offset of the browser's time zone. The name of the zone alone is ambiguous in the hour that repeats in fall.
function offsetOf(ns: bigint): string {
  const minutes = -new Date(nsToMs(ns)).getTimezoneOffset();
  const two = (part: number) => String(Math.trunc(part)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

/** A time with its offset: `2026-11-21 06:18:19 UTC`, `2026-11-21 07:18:19 UTC+01:00`. */
export function zonedTime(ns: bigint, zone: TimeZone): string {
  return `${absoluteTime(ns, zone)} UTC${zone === 'utc' ? '' : offsetOf(ns)}`;
}

/** The time of an entry with all digits: as stored, or `2026-11-21T07:18:19.123456789+01:00`. */
export function exactTime(time: string, zone: TimeZone): string {
  const ns = zone === 'utc' ? undefined : parseTime(time);
  return ns === undefined ? time : absoluteTime(ns, zone).replace(' ', 'T') + time.slice(19, -1) + offsetOf(ns);
}

/** The name of a time zone: `UTC`, or that of the browser's zone, such as `Europe/Berlin`. */
export function zoneName(zone: TimeZone): string {
  return zone === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const STEPS: Array<[Intl.RelativeTimeFormatUnit, number]> = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

let ageLanguage = 'en';

/** Sets the language of relative ages. */
export function setAgeLanguage(language: string): void {
  ageLanguage = language;
}

// Creating one costs more than rendering a row.
const formats = new Map<string, Intl.RelativeTimeFormat>();
function formatOf(language: string): Intl.RelativeTimeFormat {
  const format = formats.get(language) ?? new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  formats.set(language, format);
  return format;
}

/** The age in the largest unit that fits: `2 minutes ago`, `now`, `in 3 minutes` if clocks differ. */
export function relativeAge(ns: bigint, nowMs: number, language = ageLanguage): string {
  const seconds = Math.round((Number(ns / 1_000_000n) - nowMs) / 1000);
  const format = formatOf(language);
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return Math.abs(seconds) < 5 ? format.format(0, 'second') : format.format(seconds, 'second');
}
