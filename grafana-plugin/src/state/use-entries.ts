import { useCallback, useEffect, useRef, useState } from 'react';
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
  loadMore(): void;
}

const START: EntriesState = { lines: [], stale: false, loading: true, more: false };

interface Reading {
  controller: AbortController;
  pages: AsyncGenerator<TrailLine[], void>;
  lines: TrailLine[];
}

/**
 * The entries of a view, a page at a time. Changing the arguments starts anew and aborts what is under way.
 *
 * @param query and @param range must be memoised.
 */
export function useEntries(loki: LokiClient, query: EntryQuery, range: TimeRange): Entries {
  const [state, setState] = useState(START);
  const reading = useRef<Reading | undefined>(undefined);

  const readOn = useCallback(async (current: Reading) => {
    const { signal } = current.controller;
    const wanted = current.lines.length + PAGE_ROWS;
    try {
      // Pages are shown as they come. A short one is mostly the last: asking on tells at once, and costs no request then.
      for (let done = false; !done && current.lines.length < wanted;) {
        const page = await current.pages.next();
        if (signal.aborted) return;
        done = page.done === true;
        const known = new Set(current.lines.map(({ key }) => key));
        current.lines = [...current.lines, ...(page.value ?? []).filter(({ key }) => !known.has(key))];
        const loading = !done && current.lines.length < wanted;
        setState({ lines: current.lines, stale: false, loading, more: !done });
      }
    } catch (error) {
      if (signal.aborted) return;
      setState({ lines: current.lines, stale: false, loading: false, more: current.lines.length > 0, error });
    }
  }, []);

  useEffect(() => {
    const controller = new AbortController();
    const pages = readEntries(loki, { query, range, pageEntries: PAGE_ROWS, signal: controller.signal });
    const current: Reading = { controller, pages, lines: [] };
    reading.current = current;
    setState(({ lines }) => ({ lines, stale: lines.length > 0, loading: true, more: false }));
    void readOn(current);
    return () => controller.abort();
  }, [loki, query, range, readOn]);

  const loadMore = useCallback(() => {
    const current = reading.current;
    if (!current || state.loading || !state.more) return;
    if (state.error !== undefined) {
      // A generator that threw is over: a new one takes up at the last row, whose nanosecond is read once more.
      const last = current.lines.at(-1);
      const rest = { start: range.start, end: last ? last.ns + 1n : range.end };
      const { signal } = current.controller;
      current.pages = readEntries(loki, { query, range: rest, pageEntries: PAGE_ROWS, signal });
    }
    setState(({ lines, more }) => ({ lines, stale: false, loading: true, more }));
    void readOn(current);
  }, [loki, query, range, readOn, state.loading, state.more, state.error]);

  return { ...state, loadMore };
}
