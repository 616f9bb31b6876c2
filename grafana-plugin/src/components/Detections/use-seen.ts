import { useCallback } from 'react';
import type { TimeRange } from '@auditrail/core/query';
import type { TrailSource } from '@auditrail/core/source';
import { useLoad, type Loaded } from '../../state/use-load.ts';
import { SEEN_FIELDS, type Seen } from './coverage.ts';

/** Which actions and other values there are in a range. Arguments must be memoised. */
export function useSeen(source: TrailSource, range: TimeRange): Loaded<Seen> {
  return useLoad(
    useCallback(
      async (signal) => {
        const seen: Seen = {};
        for (const field of SEEN_FIELDS) {
          for await (const { values, cut } of source.values(field, { range, signal })) seen[field] = { values, cut };
          // Without any entry, nothing is yielded.
          seen[field] ??= { values: [], cut: false };
        }
        return seen;
      },
      [source, range],
    ),
  );
}
