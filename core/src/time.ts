/**
 * Times are nanoseconds since 1970 as `bigint` inside, RFC 3339 UTC with nine decimals in an entry: JavaScript's own
 * Date knows milliseconds only, and Loki orders by nanosecond.
 */
const RFC3339_NANO = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/;

/** Nanoseconds of an RFC 3339 UTC time, or `undefined` where the text is none (also for 30 February). */
export function parseTime(text: string): bigint | undefined {
  const match = RFC3339_NANO.exec(text);
  if (!match) return undefined;
  const [, seconds = '', fraction = ''] = match;
  const ms = Date.parse(`${seconds}Z`);
  // Date.parse rolls 30 February over; a time that does not come back the same never was one.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(seconds)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** `formatTime(1763705899123456789n)` is `2025-11-21T06:18:19.123456789Z`. */
export function formatTime(ns: bigint): string {
  const seconds = ns / 1_000_000_000n;
  const fraction = (ns % 1_000_000_000n).toString().padStart(9, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Milliseconds (as `Date` has them) to nanoseconds. */
export function msToNs(ms: number): bigint {
  return BigInt(Math.trunc(ms)) * 1_000_000n;
}

/** Nanoseconds to milliseconds, cut. */
export function nsToMs(ns: bigint): number {
  return Number(ns / 1_000_000n);
}
