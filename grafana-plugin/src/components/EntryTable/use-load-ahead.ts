import { useEffect } from 'react';
import type { Entries } from '../../state/use-entries.ts';

/** Older entries are loaded when this many rows are left below the visible ones: about one or two screens. */
const AHEAD_ROWS = 40;

/** Loads older entries before the end becomes visible. After an error, it waits for the user. */
export function useLoadAhead({ lines, more, loading, stale, error, loadMore }: Entries, lastSeen: number): void {
  const near = lastSeen >= lines.length - AHEAD_ROWS;
  const wanted = near && more && !loading && !stale && error === undefined && lines.length > 0;
  useEffect(() => {
    if (wanted) loadMore();
  }, [wanted, loadMore]);
}
