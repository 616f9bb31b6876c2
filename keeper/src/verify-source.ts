import { createReadStream, readFileSync } from 'node:fs';
import { httpLokiClient, LIMITS, linesIn, msToNs, parseTime, readEntries, type TrailLine } from '@auditrail/core';
import { parseLokiDuration } from './retention.ts';

/** The command was called in a way that cannot be followed; the message says what to give instead. */
export class UsageError extends Error {}

/** Where the entries to verify come from: a file, or a running gateway. */
export interface VerifySourceOptions {
  /** NDJSON, an entry's line on each; `-` is standard input. */
  file?: string;
  url?: string;
  token?: string;
  tenant: string;
  /** RFC 3339, a date, or a duration ago such as `7d`. */
  from?: string;
  to?: string;
}

/** The lines of a text file, `-` is standard input. */
// Opened when it is read: a file that nobody reads any more could tell nobody of its error.
export async function* linesOf(file: string): AsyncGenerator<string, void> {
  yield* linesIn(file === '-' ? process.stdin.setEncoding('utf8') : createReadStream(file, 'utf8'));
}

/**
 * Nanoseconds of a time as people give it.
 *
 * @param now milliseconds
 * @throws UsageError
 * @example parseWhen('7d', Date.now()); parseWhen('now-7d', Date.now()); parseWhen('2026-11-21', Date.now()); parseWhen('2026-11-21T06:18:19Z', Date.now())
 */
export function parseWhen(text: string, now: number): bigint {
  if (text === 'now') return msToNs(now);
  const durationMs = parseLokiDuration(text.replace(/^now-/, ''));
  if (durationMs !== undefined) return msToNs(now - durationMs);
  const ns = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (ns === undefined) throw new UsageError(`${text} is no time: give 2026-11-21, 2026-11-21T06:18:19Z or 7d (ago)`);
  return ns;
}

/**
 * Nanoseconds of the end of a range: as {@link parseWhen}, but `now` is as far ahead as the collector lets a clock be, so that
 * what was written up to now is in the range.
 *
 * @throws UsageError
 */
export function parseEnd(text: string, now: number): bigint {
  return parseWhen(text, text === 'now' ? now + LIMITS.aheadMs : now);
}

async function* lokiLines(options: VerifySourceOptions & { url: string }): AsyncGenerator<TrailLine, void> {
  const { url, token, tenant, from = '1d', to = '1m' } = options;
  const now = Date.now();
  const range = { start: parseWhen(from, now), end: parseEnd(to, now) };
  if (range.start >= range.end) throw new UsageError(`the range is empty: --from ${from} is not before --to ${to}`);
  const loki = httpLokiClient({ url, tenant, ...(token && { headers: { Authorization: `Bearer ${token}` } }) });
  const reading = { range, pageEntries: LIMITS.pageEntriesMax, everyLine: true };
  for await (const page of readEntries(loki, reading)) yield* page;
}

/**
 * The lines to verify, one after the other.
 *
 * @throws UsageError where it was given neither a file nor an address, or both; and, while reading, what the file or Loki
 *   throws
 */
export function verifySource(options: VerifySourceOptions): AsyncIterable<string | TrailLine> {
  const { file, url } = options;
  if (file !== undefined) {
    if (options.from !== undefined || options.to !== undefined) {
      throw new UsageError('--from and --to go with --url: a file is verified whole');
    }
    return linesOf(file);
  }
  if (!url) throw new UsageError('nothing to verify: give --file FILE (or -), or --url URL');
  return lokiLines({ ...options, url });
}

/**
 * Keys from `ID=FILE` arguments: what a file holds, without white space at its end.
 *
 * @throws UsageError
 */
export function readKeys(args: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    args.map((arg) => {
      const at = arg.indexOf('=');
      if (at < 1) throw new UsageError(`${arg} is no key: give ID=FILE`);
      try {
        return [arg.slice(0, at), readFileSync(arg.slice(at + 1), 'utf8').trimEnd()];
      } catch (cause) {
        throw new UsageError(`the key's file cannot be read: ${(cause as Error).message}`, { cause });
      }
    }),
  );
}
