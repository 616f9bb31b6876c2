import { useEffect, useState } from 'react';
import type { ValuesSoFar } from '@auditrail/core/loki';
import { type EntryQuery, type FilterField, type TimeRange } from '@auditrail/core/query';
import type { TrailSource } from '@auditrail/core/source';

/** Pause in typing before values are read, in milliseconds. */
export const TYPING_REST_MS = 300;

export interface FieldValues extends Partial<ValuesSoFar> {
  reading: boolean;
  /** The text that all of these values contain: the current or the previous one. */
  containing: string;
  error?: unknown;
}

/**
 * The values of a field as they arrive, newest slice first. Unmounting or new arguments abort. Arguments must be memoised.
 *
 * @param typed only values that contain this text, after a pause in typing
 */
export function useFieldValues(
  trail: TrailSource,
  field: FilterField,
  query: EntryQuery,
  range: TimeRange,
  typed: string,
  enabled: boolean,
): FieldValues {
  const [known, setKnown] = useState<FieldValues>({ reading: enabled, containing: '' });
  useEffect(() => {
    if (!enabled) return;
    const controller = new AbortController();
    const { signal } = controller;
    const update = (next: FieldValues) => !signal.aborted && setKnown(next);
    const read = async () => {
      let last: Partial<ValuesSoFar> = {};
      try {
        for await (last of trail.values(field, { query, range, containing: typed, signal })) {
          update({ ...last, containing: typed, reading: true });
        }
        update({ ...last, containing: typed, reading: false });
      } catch (error) {
        update({ ...last, containing: typed, reading: false, error });
      }
    };
    const timer = setTimeout(() => void read(), typed ? TYPING_REST_MS : 0);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [trail, field, query, range, typed, enabled]);
  return known;
}
