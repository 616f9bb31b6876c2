import { useEffect, useState } from 'react';
import { msToNs } from '@auditrail/core';
import { countEntries, readEntries, type LokiClient, type TrailLine } from '@auditrail/core/loki';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';

/** How often new entries are asked for. */
export const LIVE_EVERY_MS = 3_000;
/** Entries can arrive late: those with times this far back are asked for again each time. */
export const LIVE_OVERLAP_MS = 120_000;
/** Some arrive later still: so often it is counted whether any did. */
export const LATE_EVERY_MS = 20_000;
// Counting takes long where few of many entries match: then it is done less often.
const LATE_REST = 30;
/** More new entries at once than this are not followed one by one. */
export const LIVE_MOST = 1_000;
const LONGEST_WAIT_MS = 60_000;
const PAGE = 200;
const LATE_PAGE = 1_000;

export type LiveState =
  | { state: 'off' }
  | { state: 'following' }
  /** The tab is hidden: nobody looks. */
  | { state: 'paused' }
  /** It went wrong, and is tried again by itself. */
  | { state: 'waiting'; error: unknown; retryMs: number };

export interface LiveSource {
  loki: LokiClient;
  query: EntryQuery;
  range: TimeRange;
}

export interface LiveReader {
  /** Whether a line is there already. */
  has: (key: string) => boolean;
  /** Time of the newest line that is there. */
  newest: () => bigint | undefined;
  /** From when on all lines are there, and how many of them are older than `end`. */
  loaded: (end: bigint) => { start: bigint; rows: number };
  /** Takes lines that were not there, newest first. `many`: there are more that were not read. */
  found: (lines: TrailLine[], many: boolean) => void;
}

// From when on new lines are looked for each time. A clock that runs ahead must not hide what others write now.
function newFrom({ newest }: LiveReader, nowMs: number): bigint {
  const now = msToNs(nowMs);
  const known = newest() ?? now;
  return (known < now ? known : now) - msToNs(LIVE_OVERLAP_MS);
}

/**
 * The lines that came since: from the newest that is known, and those that came late shortly before it. Reading ends with
 * the first page that tells nothing new.
 */
async function readNew(
  { loki, query, range }: LiveSource,
  reader: LiveReader,
  signal: AbortSignal,
  nowMs = Date.now(),
): Promise<{ lines: TrailLine[]; many: boolean }> {
  const now = msToNs(nowMs);
  const known = reader.newest() ?? now;
  const from = newFrom(reader, nowMs);
  const span = { start: from > range.start ? from : range.start, end: range.end > now ? range.end : now };
  // The range ends as far ahead of now as it did when it was opened.
  const lines: TrailLine[] = [];
  for await (const page of readEntries(loki, { query, range: span, pageEntries: PAGE, signal })) {
    const fresh = page.filter(({ key }) => !reader.has(key));
    lines.push(...fresh);
    const reached = (page.at(-1)?.ns ?? 0n) <= known;
    if (reached && fresh.length === 0) break;
    if (lines.length >= LIVE_MOST) return { lines, many: !reached };
  }
  return { lines, many: false };
}

/**
 * The lines that came too late to be found by {@link readNew}: where Loki counts more than there are, those are read again.
 *
 * @param surplus how many more Loki counted the last time, and had not: entries that were delivered twice
 */
async function readLate(
  { loki, query }: LiveSource,
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
  const more = (await countEntries(loki, { query, range, signal })) - rows;
  const wanted = Math.min(LIVE_MOST, more - surplus);
  if (wanted > 0) {
    for await (const page of readEntries(loki, { query, range, pageEntries: LATE_PAGE, signal })) {
      lines.push(...page.filter(({ key }) => !reader.has(key)));
      if (lines.length >= wanted) break;
    }
  }
  return { lines, many: lines.length >= LIVE_MOST, surplus: more - lines.length };
}

/** Follows a source while it is `on` and its tab is seen. `source` and `reader` must be memoised. */
export function useLive(source: LiveSource, on: boolean, reader: LiveReader): LiveState {
  const [told, setTold] = useState<{ source: LiveSource; live: LiveState }>();
  useEffect(() => {
    if (!on) return;
    const controller = new AbortController();
    const { signal } = controller;
    const openedAt = Date.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wait = LIVE_EVERY_MS;
    let asking = false;
    let surplus = 0;
    let lateAt = openedAt + LATE_EVERY_MS;
    const askLate = async () => {
      const began = Date.now();
      try {
        const late = await readLate(source, reader, surplus, signal);
        signal.throwIfAborted();
        surplus = late.surplus;
        if (late.lines.length > 0) reader.found(late.lines, late.many);
      } finally {
        lateAt = Date.now() + Math.max(LATE_EVERY_MS, (Date.now() - began) * LATE_REST);
      }
    };
    const tell = (live: LiveState) => {
      if (!signal.aborted) setTold({ source, live });
    };
    const next = () => {
      clearTimeout(timer);
      if (!signal.aborted && !document.hidden) timer = setTimeout(() => void ask(), wait);
    };
    const ask = async () => {
      if (asking || document.hidden) return;
      asking = true;
      try {
        const end = source.range.end + msToNs(Date.now() - openedAt);
        const { lines, many } = await readNew({ ...source, range: { ...source.range, end } }, reader, signal);
        signal.throwIfAborted();
        wait = LIVE_EVERY_MS;
        if (lines.length > 0) reader.found(lines, many);
        if (Date.now() >= lateAt) await askLate();
        tell({ state: 'following' });
      } catch (error) {
        wait = Math.min(LONGEST_WAIT_MS, wait * 2);
        tell({ state: 'waiting', error, retryMs: wait });
      } finally {
        asking = false;
        next();
      }
    };
    const onVisibility = () => {
      if (document.hidden) {
        clearTimeout(timer);
        tell({ state: 'paused' });
      } else {
        tell({ state: 'following' });
        void ask();
      }
    };
    document.addEventListener('visibilitychange', onVisibility);
    next();
    return () => {
      controller.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [source, on, reader]);
  if (!on) return { state: 'off' };
  return told?.source === source ? told.live : { state: 'following' };
}
