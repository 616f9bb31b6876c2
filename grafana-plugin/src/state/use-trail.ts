import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { msToNs } from '@auditrail/core';
import type { EntryQuery, TimeRange } from '@auditrail/core/query';
import type { Trail, ViewSource } from '../data/trail.ts';
import { LIVE_EVERY_MS } from './use-live.ts';

const FOREVER = 2n ** 63n - 1n;

/**
 * The source of a view: all that one view shows comes from one source. While the view is shown, the keeper is compared with
 * Loki; if it lacks entries of the range, the source becomes another one, and the view is read again. Arguments must be
 * memoised, and are new objects for a new view.
 *
 * @param follows whether the view shows new entries, so that it must be compared again and again
 */
export function useTrail(trail: Trail, query: EntryQuery, range: TimeRange, follows = false): ViewSource {
  useSyncExternalStore(trail.subscribe, trail.version);
  const [doubted, setDoubted] = useState<TimeRange>();
  // The end of a view that follows new entries moves on.
  const shown = useMemo(() => (follows ? { ...range, end: FOREVER } : range), [range, follows]);
  // A keeper that has caught up is used by the next view, so that this one does not jump.
  if (doubted !== range && trail.isDoubtful(shown)) setDoubted(range);
  const isDoubted = doubted === range;
  const source = useMemo(() => {
    void query;
    void isDoubted;
    return trail.sourceFor(shown);
  }, [trail, query, shown, isDoubted]);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const openedAt = Date.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const compare = async () => {
      const end = range.end + msToNs(Date.now() - openedAt);
      if (!document.hidden) await trail.compare({ start: range.start, end }, signal);
      if (follows) timer = setTimeout(run, LIVE_EVERY_MS);
    };
    const run = () => {
      compare().catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    };
    run();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [trail, range, follows]);
  return source;
}
