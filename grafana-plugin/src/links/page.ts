import { msToNs, nsToMs } from '@auditrail/core';
import { PATHS } from '../constants.ts';
import { DEFAULT_VIEW, viewSearch, type View } from '../state/view.ts';

/** The path of the page with a view. Missing parts have their defaults. */
export const viewPath = (view: Partial<View>): string => PATHS.page + viewSearch({ ...DEFAULT_VIEW, ...view });

/** The path of one entry, regardless of its age. */
export const entryPath = (id: string): string => `${PATHS.page}?${new URLSearchParams({ entry: id })}`;

const iso = (ns: bigint) => new Date(nsToMs(ns)).toISOString();

/** The time range from `ms` before to `ms` after a time. */
export function rangeAround(ns: bigint, ms: number): Pick<View, 'from' | 'to'> {
  const reach = msToNs(ms);
  return { from: iso(ns - reach), to: iso(ns + reach) };
}
