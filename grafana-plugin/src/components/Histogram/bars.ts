import { nsToMs } from '@auditrail/core';
import { barEdges, planStep, type VolumeBar } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';

/** One bar: entries of each outcome in `[start, end)`, in milliseconds. `counted` is false until they are counted. */
export interface Bar {
  start: number;
  end: number;
  success: number;
  failure: number;
  counted: boolean;
}

/**
 * The bars of a chart, oldest first, from the counts so far. Counts after the end of the chart, because clocks run ahead or
 * live mode is on, are in more bars up to now, and then in the last one.
 */
export function toBars(chart: TimeRange, counted: readonly VolumeBar[], nowNs = chart.end): Bar[] {
  const end = nowNs > chart.end ? nowNs : chart.end;
  const edges = barEdges({ start: chart.start, end }, planStep(chart)).map(nsToMs);
  const bars = edges
    .slice(0, -1)
    .map((start, i): Bar => ({ start, end: edges[i + 1] ?? start, success: 0, failure: 0, counted: false }));
  const byStart = new Map(bars.map((bar) => [bar.start, bar]));
  for (const { start, success, failure } of counted) {
    const bar = byStart.get(nsToMs(start)) ?? bars.at(-1);
    if (!bar) continue;
    bar.success += success;
    bar.failure += failure;
    bar.counted = true;
  }
  return bars;
}
