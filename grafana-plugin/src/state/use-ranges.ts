import { useCallback, useMemo, useState } from 'react';
import type { TimeZone } from './time-zone.ts';
import { toReadRange, toTimeRange, type Bounds } from './view-range.ts';

/** The ranges of a view as of now: `range` to read, `chartRange` to show. `refresh` updates "now", so that all is read again. */
export function useRanges({ from, to }: Bounds, zone: TimeZone) {
  const [refreshed, setRefreshed] = useState({});
  const ranges = useMemo(() => {
    void refreshed;
    return { range: toReadRange({ from, to }, zone), chartRange: toTimeRange({ from, to }, zone) };
  }, [from, to, zone, refreshed]);
  const refresh = useCallback(() => setRefreshed({}), []);
  return { ...ranges, refresh };
}
