import { formatTime, msToNs } from '@auditrail/core';
import { utcOf, type Zone } from './zone.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A local time. Syslog times have no year. */
export interface WallTime {
  year?: number;
  /** 0 is January. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Nanoseconds. */
  fraction?: number;
}

/** The time of a line: exact, or local to its host. */
export type LogTime = { ns: bigint } | WallTime;

const SYSLOG = /^(?:(\d{4}) )?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))? /;
const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:?\d{2})? /;

const nanoseconds = (digits: string | undefined) => Number((digits ?? '').padEnd(9, '0'));

/** Parses the time at the start of a line. `length` includes the space after it. */
export function parseLogTime(line: string): { time: LogTime; length: number } | undefined {
  const iso = ISO.exec(line);
  if (iso) {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = iso.slice(1, 7).map(Number);
    const wall = { year, month: month - 1, day, hour, minute, second, fraction: nanoseconds(iso[7]) };
    const [sign = '', offset] = iso[8] === undefined ? [] : [iso[8].slice(0, 1), iso[8]];
    const length = iso[0].length;
    if (offset === undefined) return { time: wall, length };
    const ms = millisecondsOf(year, wall);
    if (ms === undefined) return { time: wall, length };
    const [hours, minutes] = offset === 'Z' ? [0, 0] : [Number(offset.slice(1, 3)), Number(offset.slice(-2))];
    const ahead = (hours * 60 + minutes) * 60_000 * (sign === '-' ? -1 : 1);
    return { time: { ns: msToNs(ms - ahead) + BigInt(wall.fraction) }, length };
  }
  const match = SYSLOG.exec(line);
  const month = MONTHS.indexOf(match?.[2] ?? '');
  if (!match || month < 0) return undefined;
  const [day = 0, hour = 0, minute = 0, second = 0] = [match[3], match[5], match[6], match[7]].map(Number);
  const year = match[1] ?? match[4];
  return {
    time: {
      ...(year !== undefined && { year: Number(year) }),
      month,
      day,
      hour,
      minute,
      second,
      ...(match[8] !== undefined && { fraction: nanoseconds(match[8]) }),
    },
    length: match[0].length,
  };
}

/** Milliseconds since 1970; `undefined` if the time does not exist in that year (29 February, 25:00). */
export function millisecondsOf(
  year: number,
  { month, day, hour, minute, second }: WallTime,
  zone?: Zone,
): number | undefined {
  const ms = Date.UTC(year, month, day, hour, minute, second);
  const date = new Date(ms);
  const same = date.getUTCMonth() === month && date.getUTCDate() === day && date.getUTCHours() === hour;
  if (!same || minute >= 60 || second >= 60) return undefined;
  return zone === undefined ? ms : utcOf(ms, zone);
}

const DAY_MS = 86_400_000;
// Time zones are up to 14 hours ahead of UTC.
const AHEAD_MS = DAY_MS;
// Lines may be out of order by this much.
const BACK_MS = 31 * DAY_MS;
const MAX_TIMES = 100_000;

/** The latest year for which a log's first line is in the past, in some time zone. */
export function latestYear(first: WallTime, now: Date, zone?: Zone): number {
  const year = now.getUTCFullYear() + 1;
  // The last leap day may be eight years ago.
  for (let back = 0; back <= 9; back += 1) {
    const ms = millisecondsOf(year - back, first, zone);
    if (ms !== undefined && ms <= now.getTime() + AHEAD_MS) return year - back;
  }
  return now.getUTCFullYear() - 1;
}

/**
 * Gives each line a unique time: lines with the same time get increasing nanoseconds. If a log without years spans the end of
 * a year, its later lines get the next year.
 */
export class LineClock {
  #year: number | undefined;
  #last: number | undefined;
  readonly #firstYear: (first: WallTime) => number;
  readonly #zone: Zone | undefined;
  readonly #linesAt = new Map<bigint, number>();

  /** @param firstYear the year of the first line without a year, or a function that finds it */
  constructor(firstYear: number | ((first: WallTime) => number), zone?: Zone) {
    this.#firstYear = typeof firstYear === 'number' ? () => firstYear : firstYear;
    this.#zone = zone;
  }

  /** The latest time of lines without a year, in milliseconds since 1970. */
  get latest(): number | undefined {
    return this.#last;
  }

  /** @returns `undefined` if the time does not exist in its year */
  next(time: LogTime): { ms: number; index: number; text: string } | undefined {
    const ns = 'ns' in time ? time.ns : this.#exact(time);
    if (ns === undefined) return undefined;
    const index = this.#linesAt.get(ns) ?? 0;
    if (this.#linesAt.size >= MAX_TIMES) this.#linesAt.clear();
    this.#linesAt.set(ns, index + 1);
    return { ms: Number(ns / 1_000_000n), index, text: formatTime(ns + BigInt(index)) };
  }

  #exact(time: WallTime): bigint | undefined {
    const ms = time.year === undefined ? this.#inSomeYear(time) : millisecondsOf(time.year, time, this.#zone);
    return ms === undefined ? undefined : msToNs(ms) + BigInt(time.fraction ?? 0);
  }

  // The first year in which the line is at most a month before the latest line.
  #inSomeYear(time: WallTime): number | undefined {
    this.#year ??= this.#firstYear(time);
    const years = this.#last === undefined ? [this.#year] : [this.#year - 1, this.#year, this.#year + 1];
    for (const year of years) {
      const ms = millisecondsOf(year, time, this.#zone);
      if (ms === undefined || (this.#last !== undefined && ms < this.#last - BACK_MS)) continue;
      if (this.#last === undefined || ms > this.#last) {
        this.#last = ms;
        this.#year = year;
      }
      return ms;
    }
    return undefined;
  }
}

/** The latest year of the first line for which the whole log is in the past; `undefined` without lines that lack a year. */
export function yearOfLog(times: readonly WallTime[], now: Date, zone?: Zone): number | undefined {
  const [first] = times;
  if (!first) return undefined;
  const last = latestYear(first, now, zone);
  // Supports logs that span up to two year ends.
  for (const year of [last, last - 1, last - 2]) {
    const clock = new LineClock(year, zone);
    for (const time of times) clock.next(time);
    if ((clock.latest ?? 0) <= now.getTime() + AHEAD_MS) return year;
  }
  return last;
}
