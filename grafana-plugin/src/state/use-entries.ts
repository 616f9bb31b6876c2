import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { readEntries, type EntryQuery, type LokiClient, type TimeRange, type TrailLine } from '@auditrail/core';

/** Rows that are read at once: a screen or two. */
export const PAGE_ROWS = 100;

export interface EntriesState {
  /** Newest first. While a new view loads, those of the one before (`stale`). */
  lines: TrailLine[];
  stale: boolean;
  loading: boolean;
  /** Whether there may be older entries in the range. */
  more: boolean;
  error?: unknown;
}

export interface Entries extends EntriesState {
  loadMore: () => void;
}

interface Reading {
  source: { loki: LokiClient; query: EntryQuery };
  signal: AbortSignal;
  pages: AsyncGenerator<TrailLine[], void>;
  lines: TrailLine[];
}

type Known = Pick<EntriesState, 'lines' | 'loading' | 'more' | 'error'> & { source?: unknown };

const pagesOf = ({ loki, query }: Reading['source'], range: TimeRange, signal: AbortSignal) =>
  readEntries(loki, { query, range, pageEntries: PAGE_ROWS, signal });

/**
 * The entries of a view, a page at a time. Other arguments (they must be memoised) start anew and abort what is under way.
 */
export function useEntries(loki: LokiClient, query: EntryQuery, range: TimeRange): Entries {
  const source = useMemo(() => ({ loki, query, range }), [loki, query, range]);
  const [known, setKnown] = useState<Known>({ lines: [], loading: true, more: false });
  const reading = useRef<Reading | undefined>(undefined);

  const readOn = useCallback(async (current: Reading) => {
    const wanted = current.lines.length + PAGE_ROWS;
    const tell = (rest: Pick<Known, 'loading' | 'more' | 'error'>) => {
      if (!current.signal.aborted) setKnown({ source: current.source, lines: current.lines, ...rest });
    };
    try {
      // Pages are shown as they come. A short one is mostly the last: asking on tells at once, and costs no request then.
      for (let done = false; !done && current.lines.length < wanted;) {
        const page = await current.pages.next();
        done = page.done === true;
        const keys = new Set(current.lines.map(({ key }) => key));
        current.lines = [...current.lines, ...(page.value ?? []).filter(({ key }) => !keys.has(key))];
        tell({ loading: !done && current.lines.length < wanted, more: !done });
      }
    } catch (error) {
      tell({ loading: false, more: current.lines.length > 0, error });
    }
  }, []);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const current: Reading = { source, signal, pages: pagesOf(source, source.range, signal), lines: [] };
    reading.current = current;
    void readOn(current);
    return () => controller.abort();
  }, [source, readOn]);

  const stale = known.source !== source;
  const { lines, loading, more, error } = known;
  const loadMore = useCallback(() => {
    const current = reading.current;
    if (!current || stale || loading || !more) return;
    if (error !== undefined) {
      // A generator that threw is over: a new one takes up at the last row, whose nanosecond is read once more.
      const last = current.lines.at(-1);
      const rest = { start: source.range.start, end: last ? last.ns + 1n : source.range.end };
      current.pages = pagesOf(source, rest, current.signal);
    }
    setKnown({ source, lines: current.lines, loading: true, more });
    void readOn(current);
  }, [source, stale, loading, more, error, readOn]);

  if (stale) return { lines, stale: lines.length > 0, loading: true, more: false, loadMore };
  return { lines, stale: false, loading, more, loadMore, ...(error !== undefined && { error }) };
}
