import { useMemo } from 'react';
import { sharedIds, type TrailLine } from '@auditrail/core/loki';
import { useStable } from './use-stable.ts';

/** The IDs that several of the lines have. The same set for as long as its content stays equal, so that rows are not rendered again. */
export function useSharedIds(lines: readonly TrailLine[]): ReadonlySet<string> {
  const ids = useStable(useMemo(() => [...sharedIds(lines)].sort(), [lines]));
  return useMemo(() => new Set(ids), [ids]);
}
