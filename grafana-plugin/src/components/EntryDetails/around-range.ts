import { nsToMs } from '@auditrail/core';
import { rangeAround } from '../../links/page.ts';
import { toTimeRange } from '../../state/view-range.ts';
import type { View } from '../../state/view.ts';

const DAY_MS = 24 * 3_600_000;
// Counting five relations over a month would cost Loki too much for opening one entry.
const LONGEST_MS = 7 * DAY_MS;

/** The range of related entries: that of the view, or the day before and after the entry if the view is long or missing. */
export function aroundRange(
  ns: bigint,
  view: Pick<View, 'from' | 'to'> | undefined,
): { range: Pick<View, 'from' | 'to'>; isView: boolean } {
  const isView = view !== undefined && lengthMs(view) <= LONGEST_MS;
  return { range: isView ? { from: view.from, to: view.to } : rangeAround(ns, DAY_MS), isView };
}

function lengthMs(view: Pick<View, 'from' | 'to'>): number {
  const { start, end } = toTimeRange(view);
  return nsToMs(end - start);
}
