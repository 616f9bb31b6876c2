import { createReadStream, readFileSync } from 'node:fs';
import { LIMITS, linesIn } from '@auditrail/core';
import { httpLokiClient, readEntries, type TrailLine } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import { parseRange } from '../terminal/time-range.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { inputLines } from './input-lines.ts';

/** The source of the entries to verify: a file, or a running gateway. */
export interface VerifySourceOptions {
  /** NDJSON, or a converted form of it (see `inputLines`); `-` is standard input. */
  file?: string;
  url?: string;
  token?: string;
  tenant: string;
  /** RFC 3339, a date, or a duration ago such as `7d`. */
  from?: string;
  to?: string;
}

/** The lines of a text file as they are. */
// Opened on first read: otherwise nobody handles an error of opening it.
export async function* linesOf(file: string): AsyncGenerator<string, void> {
  yield* linesIn(createReadStream(file, 'utf8'));
}

async function* lokiLines(
  { url, token, tenant }: VerifySourceOptions & { url: string },
  range: TimeRange,
): AsyncGenerator<TrailLine, void> {
  const loki = httpLokiClient({ url, tenant, ...(token && { headers: { Authorization: `Bearer ${token}` } }) });
  const reading = { range, pageEntries: LIMITS.pageEntriesMax, everyLine: true };
  for await (const page of readEntries(loki, reading)) yield* page;
}

/** The lines to verify, and their range if they are read from Loki. */
export interface VerifySource {
  lines: AsyncIterable<string | TrailLine>;
  range?: TimeRange;
  /** The recognized format of the file, if it is not plain NDJSON; known after the lines were read. */
  notes: ReadonlySet<string>;
}

/**
 * Opens the entries to verify; reading can throw errors of the file or of Loki.
 *
 * @throws UsageError without a file or address, with both, or with an empty range
 */
export function verifySource(options: VerifySourceOptions): VerifySource {
  const { file, url, from, to } = options;
  if (file !== undefined) {
    if (from !== undefined || to !== undefined) {
      throw new UsageError('--from and --to go with --url: a file is verified whole');
    }
    const notes = new Set<string>();
    return { lines: inputLines(file, (note) => notes.add(note)), notes };
  }
  if (!url) throw new UsageError('nothing to verify: give --file FILE (or -), or --url URL');
  const range = parseRange(from ?? '1d', to ?? '1m');
  return { lines: lokiLines({ ...options, url }, range), range, notes: new Set() };
}

/**
 * Keys from `ID=FILE` arguments: the content of each file, without white space at its end.
 *
 * @throws UsageError
 */
export function readKeys(args: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    args.map((arg) => {
      const at = arg.indexOf('=');
      if (at < 1) throw new UsageError(`${arg} is not a key: give ID=FILE`);
      try {
        return [arg.slice(0, at), readFileSync(arg.slice(at + 1), 'utf8').trimEnd()];
      } catch (cause) {
        throw new UsageError(`the key's file cannot be read: ${(cause as Error).message}`, { cause });
      }
    }),
  );
}
