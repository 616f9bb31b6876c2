import { msToNs } from '@auditrail/core';
import type { TrailLine } from '@auditrail/core/loki';
import type { EntryQuery, TimeRange } from '@auditrail/core/query';
import type { TrailSource } from '@auditrail/core/source';

/** Entries can arrive late: those with times this far back are read again each time. */
export const LIVE_OVERLAP_MS = 120_000;
/** More new entries at once than this are not followed one by one. */
export const LIVE_MOST = 1_000;
const PAGE = 200;
const LATE_PAGE = 1_000;

export interface LiveSource {
  trail: TrailSource;
  query: EntryQuery;
  range: TimeRange;
}

/** The rows that are loaded, and a way to add new ones. */
export interface LiveReader {
  /** Whether a line is loaded. */
  has: (key: string) => boolean;
  /** Time of the newest loaded line. */
  newest: () => bigint | undefined;
  /** The time since which all lines are loaded, and how many of these are older than `end`. */
  loaded: (end: bigint) => { start: bigint; rows: number };
  /** Takes lines that are not loaded, newest first. `many`: there are more that were not read. */
  found: (lines: TrailLine[], many: boolean) => void;
}

// New lines are read from here on. A clock that runs ahead must not hide what others record now.
function newFrom({ newest }: LiveReader, nowMs: number): bigint {
  const now = msToNs(nowMs);
  const known = newest() ?? now;
  return (known < now ? known : now) - msToNs(LIVE_OVERLAP_MS);
}

/** Reads the lines that are newer than the newest loaded one or arrived shortly after it. Stops at a page without new lines. */
export async function readNew(
  { trail, query, range }: LiveSource,
  reader: LiveReader,
  signal: AbortSignal,
  nowMs = Date.now(),
): Promise<{ lines: TrailLine[]; many: boolean }> {
  const now = msToNs(nowMs);
  const known = reader.newest() ?? now;
  const from = newFrom(reader, nowMs);
  const span = { start: from > range.start ? from : range.start, end: range.end > now ? range.end : now };
  const lines: TrailLine[] = [];
  for await (const page of trail.rows({ query, range: span, pageEntries: PAGE, signal })) {
    const fresh = page.filter(({ key }) => !reader.has(key));
    lines.push(...fresh);
    const reached = (page.at(-1)?.ns ?? 0n) <= known;
    if (reached && fresh.length === 0) break;
    if (lines.length >= LIVE_MOST) return { lines, many: !reached };
  }
  return { lines, many: false };
}

/**
 * Reads the lines that arrived too late for {@link readNew}, if more lines are counted than are loaded.
 *
 * @param surplus how many more were counted last time without a new entry: copies of entries that were delivered twice
 */
export async function readLate(
  { trail, query }: LiveSource,
  reader: LiveReader,
  surplus: number,
  signal: AbortSignal,
  nowMs = Date.now(),
): Promise<{ lines: TrailLine[]; many: boolean; surplus: number }> {
  const end = newFrom(reader, nowMs);
  const { start, rows } = reader.loaded(end);
  const lines: TrailLine[] = [];
  if (start >= end) return { lines, many: false, surplus };
  const range = { start, end };
  const more = (await trail.count({ query, range, signal })) - rows;
  const wanted = Math.min(LIVE_MOST, more - surplus);
  if (wanted > 0) {
    for await (const page of trail.rows({ query, range, pageEntries: LATE_PAGE, signal })) {
      lines.push(...page.filter(({ key }) => !reader.has(key)));
      if (lines.length >= wanted) break;
    }
  }
  return { lines, many: lines.length >= LIVE_MOST, surplus: more - lines.length };
}
