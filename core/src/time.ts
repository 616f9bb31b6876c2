/**
 * Times are nanoseconds since 1970 as `bigint` in code, RFC 3339 UTC with nine decimals in an entry: JavaScript's Date
 * has milliseconds only, and Loki orders by nanosecond.
 */
const RFC3339_NANO = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/;

/** Nanoseconds of an RFC 3339 UTC time, or `undefined` for other texts (also for 30 February). */
export function parseTime(text: string): bigint | undefined {
  const match = RFC3339_NANO.exec(text);
  if (!match) return undefined;
  const [, seconds = '', fraction = ''] = match;
  const ms = Date.parse(`${seconds}Z`);
  // Date.parse turns 30 February into 2 March: a valid time comes back the same.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(seconds)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

// Many entries share a second: its text is cached.
let lastSecond = { seconds: 0, text: '1970-01-01T00:00:00' };

/** `formatTime(1763705899123456789n)` is `2025-11-21T06:18:19.123456789Z`. */
export function formatTime(ns: bigint): string {
  const seconds = Number(ns / 1_000_000_000n);
  if (seconds !== lastSecond.seconds) {
    lastSecond = { seconds, text: new Date(seconds * 1000).toISOString().slice(0, 19) };
  }
  const fraction = Number(ns % 1_000_000_000n);
  return `${lastSecond.text}.${String(fraction).padStart(9, '0')}Z`;
}

/** Milliseconds (as in `Date`) to nanoseconds. */
export function msToNs(ms: number): bigint {
  return BigInt(Math.trunc(ms)) * 1_000_000n;
}

/** Nanoseconds to milliseconds, truncated. */
export function nsToMs(ns: bigint): number {
  return Number(ns / 1_000_000n);
}

/**
 * The end of a range for an entry, in nanoseconds: not after now. A range that is read extends a little into the future,
 * for clocks that are ahead.
 */
export function statedEnd({ start, end }: { start: bigint; end: bigint }, nowMs = Date.now()): bigint {
  const now = msToNs(nowMs);
  return end > now && now > start ? now : end;
}
