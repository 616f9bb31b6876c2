import { msToNs, nsToMs } from '@auditrail/core';
import { PATHS } from '../constants.ts';
import { DEFAULT_VIEW, viewSearch, type View } from '../state/view.ts';

/** The address of the page with a view; what is not given is as by default. */
export const viewPath = (view: Partial<View>): string => PATHS.page + viewSearch({ ...DEFAULT_VIEW, ...view });

/** The address of one entry, of whatever age. */
export const entryPath = (id: string): string => `${PATHS.page}?${new URLSearchParams({ entry: id })}`;

const iso = (ns: bigint) => new Date(nsToMs(ns)).toISOString();

/** A time range that reaches `ms` before and after a moment. */
export function rangeAround(ns: bigint, ms: number): Pick<View, 'from' | 'to'> {
  const reach = msToNs(ms);
  return { from: iso(ns - reach), to: iso(ns + reach) };
}
