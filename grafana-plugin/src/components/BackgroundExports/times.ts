import { parseTime } from '@auditrail/core';
import { absoluteTime } from '../../format/when.ts';
import type { TimeZone } from '../../state/time-zone.ts';

/** A time from the keeper, to the minute: `2026-11-21 06:18`. */
export function toMinute(time: string, zone: TimeZone): string {
  const ns = parseTime(time);
  return ns === undefined ? time : absoluteTime(ns, zone).slice(0, 16);
}
