import { useMemo } from 'react';
import { sharedIds, type TrailLine } from '@auditrail/core/loki';

/** The ids that more than one of the lines claims; the same set as long as they are the same, so that rows are not drawn anew. */
export function useSharedIds(lines: readonly TrailLine[]): ReadonlySet<string> {
  const shared = useMemo(() => sharedIds(lines), [lines]);
  const text = useMemo(() => [...shared].sort().join(' '), [shared]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the text stands for the set
  return useMemo(() => shared, [text]);
}
