import { formatTime } from '@auditrail/core';

/** `2026-11-21 06:18:19`, UTC. */
export function absoluteTime(ns: bigint): string {
  return formatTime(ns).slice(0, 19).replace('T', ' ');
}

const STEPS: Array<[Intl.RelativeTimeFormatUnit, number]> = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** How long ago, in the largest unit that fits: `2 minutes ago`, `just now`, `in 3 minutes` where clocks differ. */
export function relativeAge(ns: bigint, nowMs: number, language = 'en'): string {
  const seconds = Math.round((Number(ns / 1_000_000n) - nowMs) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return Math.abs(seconds) < 5 ? format.format(0, 'second') : format.format(seconds, 'second');
}
