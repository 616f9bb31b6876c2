import { useCallback, useEffect, useRef, useState } from 'react';
import { findEntries, newestFirst, type LokiClient, type TrailLine } from '@auditrail/core/loki';
import { searchRange, type SearchRange } from './search-range.ts';

/** How the search for one entry stands. */
export type EntrySearch =
  | { state: 'searching'; /** 0 to 1; 0 while the time of its id is read. */ part: number }
  | {
      state: 'found';
      /** All that claim the id, newest first. */ lines: TrailLine[];
      /** Others may follow. */ searching: boolean;
    }
  | { state: 'missing'; searched: SearchRange }
  | { state: 'stopped' }
  | { state: 'failed'; error: unknown };

/** Searches the entries that claim an id. Leaving the page ends the search. */
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
      // An entry that was found stays on the page while others with its id are searched.
      const onProgress = (part: number) => {
        if (!signal.aborted) setSearch((now) => (now.state === 'found' ? now : { state: 'searching', part }));
      };
      let lines: TrailLine[] = [];
      for await (const found of findEntries(loki, id, { range: searched.range, signal, onProgress })) {
        lines = [...lines, ...found].sort(newestFirst);
        tell({ state: 'found', lines, searching: true });
      }
      tell(lines.length > 0 ? { state: 'found', lines, searching: false } : { state: 'missing', searched });
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
