import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { newestFirst, readEntries, type LokiClient, type TrailLine } from '@auditrail/core/loki';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import type { LiveReader } from './live-reads.ts';
import { useLive, type LiveState } from './use-live.ts';

/** Rows that are read at first: a screen or two. */
const PAGE_ROWS = 100;
/** Rows that are read on: by then somebody scrolls. */
const MORE_ROWS = 500;

interface EntriesState {
  /** Newest first. While a new view loads, those of the one before (`stale`). */
  lines: TrailLine[];
  stale: boolean;
  loading: boolean;
  /** Whether there may be older entries in the range. */
  more: boolean;
  error?: unknown;
}

/** Following new entries. */
export interface Following {
  /** Whether new entries are to be followed. */
  on: boolean;
  /** Whether somebody is reading further down, or has a row open: then new entries wait, that nothing moves. */
  isBusy: () => boolean;
}

export interface Entries extends EntriesState {
  loadMore: () => void;
  live: LiveState;
  /** New entries that wait; `Infinity` where they are too many to follow. */
  fresh: number;
  /** Shows the entries that wait, on top. */
  showFresh: () => void;
  /** The oldest time of new entries that were found last: what counts is to be counted again from there. */
  changed?: { since: bigint };
}

interface Reading {
  source: { loki: LokiClient; query: EntryQuery; range: TimeRange };
  signal: AbortSignal;
  pages: AsyncGenerator<TrailLine[], void>;
  lines: TrailLine[];
  keys: Set<string>;
  waiting: TrailLine[];
  more: boolean;
}

type Known = Pick<Entries, 'lines' | 'loading' | 'more' | 'error' | 'fresh' | 'changed'> & { source?: unknown };

const NOBODY: Following = { on: false, isBusy: () => false };

const pagesOf = ({ loki, query }: Reading['source'], range: TimeRange, pageEntries: number, signal: AbortSignal) =>
  readEntries(loki, { query, range, pageEntries, signal });

// From the last row on, whose nanosecond is read once more.
const restOf = ({ source: { range }, lines }: Reading): TimeRange => {
  const last = lines.at(-1);
  return { start: range.start, end: last ? last.ns + 1n : range.end };
};

// From here on all lines are there.
const readFrom = ({ source: { range }, lines, more }: Reading): bigint =>
  more ? (lines.at(-1)?.ns ?? range.end) : range.start;

function merged(lines: TrailLine[], more: TrailLine[]): TrailLine[] {
  const sorted = [...more].sort(newestFirst);
  const [newest, oldest] = [lines[0], sorted.at(-1)];
  const both = [...sorted, ...lines];
  // What came late belongs between others.
  return newest && oldest && oldest.ns <= newest.ns ? both.sort(newestFirst) : both;
}

/**
 * The entries of a view, a page at a time, and those that are written meanwhile. Other arguments (they must be memoised)
 * start anew and abort what is under way.
 *
 * @param onTooMany told when more was written at once than can be followed, and nobody is in the midst of reading
 */
export function useEntries(
  loki: LokiClient,
  query: EntryQuery,
  range: TimeRange,
  { on, isBusy }: Following = NOBODY,
  onTooMany?: () => void,
): Entries {
  const source = useMemo(() => ({ loki, query, range }), [loki, query, range]);
  const [known, setKnown] = useState<Known>({ lines: [], loading: true, more: false, fresh: 0 });
  const reading = useRef<Reading | undefined>(undefined);

  const readOn = useCallback(async (current: Reading, rows: number) => {
    const wanted = current.lines.length + rows;
    const tell = (rest: Partial<Known>) => {
      if (!current.signal.aborted) setKnown((before) => knownOf(current, before, rest));
    };
    try {
      // Pages are shown as they come. A short one is mostly the last: asking on tells at once, and costs no request then.
      for (let done = false; !done && current.lines.length < wanted;) {
        const page = await current.pages.next();
        done = page.done === true;
        const fresh = (page.value ?? []).filter(({ key }) => !current.keys.has(key));
        for (const { key } of fresh) current.keys.add(key);
        current.lines = [...current.lines, ...fresh];
        current.more = !done;
        tell({ loading: !done && current.lines.length < wanted });
      }
    } catch (error) {
      current.more = current.lines.length > 0;
      tell({ loading: false, error });
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
    // A generator that threw is over, and the first one reads small pages.
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
        // What is older than all that was read comes by reading on.
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
