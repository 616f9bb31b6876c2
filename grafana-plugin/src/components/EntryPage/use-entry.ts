import { useCallback, useEffect, useRef, useState } from 'react';
import { findEntry, type LokiClient, type TrailLine } from '@auditrail/core';
import { searchRange, type SearchRange } from './search-range.ts';

/** How the search for one entry stands. */
export type EntrySearch =
  | { state: 'searching'; /** 0 to 1; 0 while the time of its id is read. */ part: number }
  | { state: 'found'; line: TrailLine }
  | { state: 'missing'; searched: SearchRange }
  | { state: 'stopped' }
  | { state: 'failed'; error: unknown };

/** Searches an entry by its id. Leaving the page ends the search. */
export function useEntry(loki: LokiClient, id: string) {
  const [search, setSearch] = useState<EntrySearch>({ state: 'searching', part: 0 });
  const controller = useRef<AbortController>(undefined);

  const start = useCallback(() => {
    controller.current?.abort();
    const current = (controller.current = new AbortController());
    const { signal } = current;
    const tell = (told: EntrySearch) => {
      if (!signal.aborted) setSearch(told);
    };
    const run = async () => {
      tell({ state: 'searching', part: 0 });
      const searched = await searchRange(loki, signal);
      const onProgress = (part: number) => tell({ state: 'searching', part });
      const line = await findEntry(loki, id, { range: searched.range, signal, onProgress });
      tell(line ? { state: 'found', line } : { state: 'missing', searched });
    };
    run().catch((error: unknown) => tell({ state: 'failed', error }));
  }, [loki, id]);

  useEffect(() => {
    start();
    return () => controller.current?.abort();
  }, [start]);

  const stop = () => {
    controller.current?.abort();
    setSearch({ state: 'stopped' });
  };
  return { search, start, stop };
}
