import { nsToMs, type LokiSeries, type TimeRange } from '@auditrail/core';

/** One bar: entries of each outcome in `[start, start + step)`, in milliseconds. */
export interface Bar {
  start: number;
  success: number;
  failure: number;
}

const STEPS_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
];
const MOST_BARS = 100;

/** Where the bars of a range stand. */
export interface BarPlan {
  stepSeconds: number;
  /** Beginning of the first bar, a whole number of steps since 1970. */
  first: number;
  count: number;
}

/** The smallest round step that fits into about a hundred bars. */
export function planBars(range: TimeRange): BarPlan {
  const from = nsToMs(range.start) / 1000;
  const to = nsToMs(range.end) / 1000;
  const largest = STEPS_SECONDS.at(-1) ?? 604_800;
  const fits = (step: number) => (to - from) / step <= MOST_BARS;
  const stepSeconds = STEPS_SECONDS.find(fits) ?? Math.ceil((to - from) / MOST_BARS / largest) * largest;
  const first = Math.floor(from / stepSeconds) * stepSeconds;
  return { stepSeconds, first: first * 1000, count: Math.max(1, Math.ceil((to - first) / stepSeconds)) };
}

/** The range that makes Loki's points stand at the ends of the planned bars. */
export function barRange({ stepSeconds, first, count }: BarPlan): TimeRange {
  const ns = (ms: number) => BigInt(ms) * 1_000_000n;
  return { start: ns(first + stepSeconds * 1000), end: ns(first + count * stepSeconds * 1000) };
}

/** Loki's series as bars; a step without entries is an empty bar. */
export function toBars({ stepSeconds, first, count }: BarPlan, outcomeLabel: string, series: LokiSeries[]): Bar[] {
  const step = stepSeconds * 1000;
  const bars = Array.from({ length: count }, (_, i): Bar => ({ start: first + i * step, success: 0, failure: 0 }));
  for (const { labels, points } of series) {
    for (const [end, entries] of points) {
      const bar = bars[Math.round((end - first) / step) - 1];
      if (bar) bar[labels[outcomeLabel] === 'failure' ? 'failure' : 'success'] += entries;
    }
  }
  return bars;
}
