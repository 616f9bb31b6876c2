import { useEffect, useState } from 'react';
import type { Trail } from '../../data/trail.ts';
import { toReadRange } from '../../state/view-range.ts';
import { DEFAULT_VIEW, toQuery, type View } from '../../state/view.ts';

/** Counts by ID. A count in progress is missing; one that failed is `failed`. */
export type Counts = ReadonlyMap<string, number | 'failed'>;

// Stepping through rows by keyboard opens many of them briefly.
const PATIENCE_MS = 250;

/** Counts the entries of some views (which must be memoised), one after the other. Unmounting aborts. */
export function useCounts(trail: Trail | undefined, views: ReadonlyMap<string, Partial<View>>): Counts {
  const [known, setKnown] = useState<{ views: unknown; counts: Counts }>();
  useEffect(() => {
    if (!trail) return;
    const controller = new AbortController();
    const { signal } = controller;
    const countAll = async () => {
      let counts: Counts = new Map();
      for (const [id, part] of views) {
        const view = { ...DEFAULT_VIEW, ...part };
        const range = toReadRange(view);
        const counting = trail.sourceFor(range).count({ query: toQuery(view), range, signal });
        const count = await counting.catch(() => 'failed' as const);
        if (signal.aborted) return;
        counts = new Map([...counts, [id, count]]);
        setKnown({ views, counts });
      }
    };
    const timer = setTimeout(() => void countAll(), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [trail, views]);
  return known?.views === views ? known.counts : NONE;
}

const NONE: Counts = new Map();
