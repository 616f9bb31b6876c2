import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { newestFirst, type TrailLine } from '@auditrail/core/loki';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import type { TrailSource } from '@auditrail/core/source';
import type { LiveReader } from './live-reads.ts';
import { useLive, type LiveState } from './use-live.ts';

/** Number of rows to read first: one or two screens. */
const PAGE_ROWS = 100;
/** Number of rows to read after that, while the user scrolls. */
const MORE_ROWS = 500;

interface EntriesState {
  /** Newest first. While a new view loads, those of the previous one (`stale`). */
  lines: TrailLine[];
  stale: boolean;
  loading: boolean;
  /** Whether there can be older entries in the range. */
  more: boolean;
  error?: unknown;
}

/** Options of live mode. */
export interface Following {
  /** Whether to follow new entries. */
  on: boolean;
  /** Whether the user scrolled down or has a row open. Then new entries wait, so that nothing moves. */
  isBusy: () => boolean;
}

export interface Entries extends EntriesState {
  loadMore: () => void;
  live: LiveState;
  /** Number of new entries that wait; `Infinity` if they are too many to follow. */
  fresh: number;
  /** Shows the waiting entries at the top. */
  showFresh: () => void;
  /** The time of the oldest of the last new entries. Counts from there on are outdated. */
  changed?: { since: bigint };
}

interface Reading {
  source: { trail: TrailSource; query: EntryQuery; range: TimeRange };
  signal: AbortSignal;
  pages: AsyncGenerator<TrailLine[], void>;
  lines: TrailLine[];
  keys: Set<string>;
  waiting: TrailLine[];
  more: boolean;
}

type Known = Pick<Entries, 'lines' | 'loading' | 'more' | 'error' | 'fresh' | 'changed'> & { source?: unknown };

const NOT_FOLLOWING: Following = { on: false, isBusy: () => false };

const pagesOf = ({ trail, query }: Reading['source'], range: TimeRange, pageEntries: number, signal: AbortSignal) =>
  trail.rows({ query, range, pageEntries, signal });

// The range after the last row, including its nanosecond.
const restOf = ({ source: { range }, lines }: Reading): TimeRange => {
  const last = lines.at(-1);
  return { start: range.start, end: last ? last.ns + 1n : range.end };
};

// The time since which all lines are loaded.
const readFrom = ({ source: { range }, lines, more }: Reading): bigint =>
  more ? (lines.at(-1)?.ns ?? range.end) : range.start;

function merged(lines: TrailLine[], more: TrailLine[]): TrailLine[] {
  const sorted = [...more].sort(newestFirst);
  const [newest, oldest] = [lines[0], sorted.at(-1)];
  const both = [...sorted, ...lines];
  // Late entries belong between others.
  return newest && oldest && oldest.ns <= newest.ns ? both.sort(newestFirst) : both;
}

/**
 * The entries of a view, page by page, and in live mode the new ones. Changed arguments (which must be memoised) abort and
 * restart reading.
 *
 * @param onTooMany called if more entries arrived than can be followed, unless the user is reading further down
 */
export function useEntries(
  trail: TrailSource,
  query: EntryQuery,
  range: TimeRange,
  { on, isBusy }: Following = NOT_FOLLOWING,
  onTooMany?: () => void,
): Entries {
  const source = useMemo(() => ({ trail, query, range }), [trail, query, range]);
  const [known, setKnown] = useState<Known>({ lines: [], loading: true, more: false, fresh: 0 });
  const reading = useRef<Reading | undefined>(undefined);

  const readOn = useCallback(async (current: Reading, rows: number) => {
    const wanted = current.lines.length + rows;
    const update = (rest: Partial<Known>) => {
      if (!current.signal.aborted) setKnown((before) => knownOf(current, before, rest));
    };
    try {
      // Pages are shown as they arrive. After a short page, which is usually the last, the generator ends without a request.
      for (let done = false; !done && current.lines.length < wanted;) {
        const page = await current.pages.next();
        done = page.done === true;
        const fresh = (page.value ?? []).filter(({ key }) => !current.keys.has(key));
        for (const { key } of fresh) current.keys.add(key);
        current.lines = [...current.lines, ...fresh];
        current.more = !done;
        update({ loading: !done && current.lines.length < wanted });
      }
    } catch (error) {
      current.more = current.lines.length > 0;
      update({ loading: false, error });
    }
  }, []);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const pages = pagesOf(source, source.range, PAGE_ROWS, signal);
    const current: Reading = { source, signal, pages, lines: [], keys: new Set(), waiting: [], more: false };
    reading.current = current;
    void readOn(current, PAGE_ROWS);
    return () => controller.abort();
  }, [source, readOn]);

  const stale = known.source !== source;
  const { lines, loading, more, error, fresh, changed } = known;
  const loadMore = useCallback(() => {
    const current = reading.current;
    if (!current || stale || loading || !more) return;
    // A generator that threw has ended, and the first one reads small pages.
    if (error !== undefined || current.lines.length <= PAGE_ROWS) {
      current.pages = pagesOf(source, restOf(current), MORE_ROWS, current.signal);
    }
    setKnown((before) => knownOf(current, before, { loading: true, error: undefined }));
    void readOn(current, MORE_ROWS);
  }, [source, stale, loading, more, error, readOn]);

  const reader = useMemo((): LiveReader => {
    const present = () => (reading.current?.source === source ? reading.current : undefined);
    return {
      has: (key) => present()?.keys.has(key) ?? false,
      newest: () => {
        const [waits, shown] = [present()?.waiting[0]?.ns, present()?.lines[0]?.ns];
        return waits !== undefined && shown !== undefined && waits < shown ? shown : (waits ?? shown);
      },
      loaded(end) {
        const current = present();
        if (!current) return { start: end, rows: 0 };
        const start = readFrom(current);
        const isThere = ({ ns }: TrailLine) => ns >= start && ns < end;
        return { start, rows: [...current.lines, ...current.waiting].filter(isThere).length };
      },
      found(found, many) {
        const current = present();
        if (!current) return;
        if (many && !isBusy()) return onTooMany?.();
        // Entries older than the loaded ones are read later.
        const oldest = readFrom(current);
        const news = found.filter(({ ns, key }) => ns >= oldest && !current.keys.has(key));
        for (const { key } of news) current.keys.add(key);
        current.waiting = merged(current.waiting, news);
        if (!isBusy()) takeIn(current);
        const since = found.reduce((least, { ns }) => (ns < least ? ns : least), found[0]?.ns ?? 0n);
        setKnown((before) => knownOf(current, before, { changed: { since }, ...(many && { fresh: Infinity }) }));
      },
    };
  }, [source, isBusy, onTooMany]);
  const ready = !stale && !loading && error === undefined;
  const live = useLive(source, on && ready && fresh !== Infinity, reader);

  const showFresh = useCallback(() => {
    const current = reading.current;
    if (!current) return;
    if (fresh === Infinity) return onTooMany?.();
    takeIn(current);
    setKnown((before) => knownOf(current, before, {}));
  }, [fresh, onTooMany]);

  const following = { live, showFresh, loadMore };
  if (stale) return { lines, stale: lines.length > 0, loading: true, more: false, fresh: 0, ...following };
  return {
    ...{ lines, stale: false, loading, more, fresh, ...following },
    ...(error !== undefined && { error }),
    ...(changed && { changed }),
  };
}

function knownOf({ source, lines, more, waiting }: Reading, before: Known, rest: Partial<Known>): Known {
  return {
    ...(before.source === source ? before : { loading: true }),
    ...{ source, lines, more, fresh: waiting.length },
    ...rest,
  };
}

function takeIn(current: Reading): void {
  current.lines = merged(current.lines, current.waiting);
  current.waiting = [];
}
