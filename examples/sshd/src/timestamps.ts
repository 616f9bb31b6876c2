import { formatTime, msToNs } from '@auditrail/core';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A syslog time: it has no year. */
export interface SyslogTime {
  /** 0 is January. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const SYSLOG = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) /;

/** The time at the start of a line, and where the rest begins. */
export function parseSyslogTime(line: string): { time: SyslogTime; length: number } | undefined {
  const match = SYSLOG.exec(line);
  if (!match) return undefined;
  const month = MONTHS.indexOf(match[1] ?? '');
  if (month < 0) return undefined;
  const [day = 0, hour = 0, minute = 0, second = 0] = match.slice(2).map(Number);
  return { time: { month, day, hour, minute, second }, length: match[0].length };
}

/** Milliseconds since 1970, the log's clock being UTC; `undefined` where the year has no such time (29 February, 25:00). */
export function millisecondsOf(year: number, { month, day, hour, minute, second }: SyslogTime): number | undefined {
  const date = new Date(Date.UTC(year, month, day, hour, minute, second));
  const same = date.getUTCMonth() === month && date.getUTCDate() === day && date.getUTCHours() === hour;
  return same && minute < 60 && second < 60 ? date.getTime() : undefined;
}

/** The latest year in which a log that begins so lies in the past. */
export function latestYear(first: SyslogTime, now: Date): number {
  const year = now.getUTCFullYear();
  // A leap day may be years back.
  for (let back = 0; back < 8; back += 1) {
    const ms = millisecondsOf(year - back, first);
    if (ms !== undefined && ms <= now.getTime()) return year - back;
  }
  return year - 1;
}

/**
 * Gives every line a time of its own: lines of one second get rising nanoseconds, and a log that runs from December into
 * January gets the next year.
 */
export class LineClock {
  #year: number;
  #month: number | undefined;
  readonly #linesInSecond = new Map<number, number>();

  constructor(year: number) {
    this.#year = year;
  }

  /** @returns `undefined` where the year has no such time. */
  next(time: SyslogTime): { ms: number; index: number; text: string } | undefined {
    if (this.#month === 11 && time.month === 0) this.#year += 1;
    // Only a jump over the turn of the year tells of one; lines may be a little out of order.
    const ms = millisecondsOf(this.#month === 0 && time.month === 11 ? this.#year - 1 : this.#year, time);
    if (!(this.#month === 0 && time.month === 11)) this.#month = time.month;
    if (ms === undefined) return undefined;
    const index = this.#linesInSecond.get(ms) ?? 0;
    this.#linesInSecond.set(ms, index + 1);
    return { ms, index, text: formatTime(msToNs(ms) + BigInt(index)) };
  }
}
