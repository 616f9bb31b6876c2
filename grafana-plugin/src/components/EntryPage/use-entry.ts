import { useCallback, useEffect, useRef, useState } from 'react';
import { findEntries, newestFirst, type TrailLine } from '@auditrail/core/loki';
import type { Trail } from '../../data/trail.ts';
import { searchRange, type SearchRange } from './search-range.ts';

/** The state of the search for one entry. */
export type EntrySearch =
  | { state: 'searching'; /** 0 to 1; 0 while the time in the ID is searched. */ part: number }
  | {
      state: 'found';
      /** All entries with the ID, newest first. */ lines: TrailLine[];
      /** Whether the search continues. */ searching: boolean;
    }
  | { state: 'missing'; searched: SearchRange }
  | { state: 'stopped' }
  | { state: 'failed'; error: unknown };

/** Searches the entries with an ID. Leaving the page ends the search. */
export function useEntry(trail: Trail, id: string) {
  const [search, setSearch] = useState<EntrySearch>({ state: 'searching', part: 0 });
  const controller = useRef<AbortController>(undefined);

  const start = useCallback(() => {
    controller.current?.abort();
    const current = (controller.current = new AbortController());
    const { signal } = current;
    const report = (found: EntrySearch) => {
      if (!signal.aborted) setSearch(found);
    };
    const run = async () => {
      report({ state: 'searching', part: 0 });
      const searched = await searchRange(trail.loki, signal);
      // A found entry stays on the page while others with the same ID are searched.
      const onProgress = (part: number) => {
        if (!signal.aborted) setSearch((now) => (now.state === 'found' ? now : { state: 'searching', part }));
      };
      let lines: TrailLine[] = [];
      const options = { range: searched.range, signal, onProgress };
      const take = (found: TrailLine[]) => {
        const fresh = found.filter(({ key }) => !lines.some((line) => line.key === key));
        lines = [...lines, ...fresh].sort(newestFirst);
        if (lines.length > 0) report({ state: 'found', lines, searching: true });
      };
      const source = trail.sourceFor(searched.range);
      for await (const found of source.find(id, options)) take(found);
      // A keeper that lacks entries could lack this one.
      if (!source.usesLoki && !(await trail.compare(searched.range, signal))) {
        for await (const found of findEntries(trail.loki, id, options)) take(found);
      }
      report(lines.length > 0 ? { state: 'found', lines, searching: false } : { state: 'missing', searched });
    };
    run().catch((error: unknown) => report({ state: 'failed', error }));
  }, [trail, id]);

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
