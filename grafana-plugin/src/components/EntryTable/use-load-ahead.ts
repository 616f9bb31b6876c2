import { useEffect } from 'react';
import type { Entries } from '../../state/use-entries.ts';

/** Older entries are read when so many rows are left below those in sight: about a screen or two. */
const AHEAD_ROWS = 40;

/** Reads older entries before the end comes into sight. After an error it waits for the person. */
export function useLoadAhead({ lines, more, loading, stale, error, loadMore }: Entries, lastSeen: number): void {
  const near = lastSeen >= lines.length - AHEAD_ROWS;
  const wanted = near && more && !loading && !stale && error === undefined && lines.length > 0;
  useEffect(() => {
    if (wanted) loadMore();
  }, [wanted, loadMore]);
}
