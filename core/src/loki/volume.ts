import { ATTRIBUTES, lokiName } from '../entry/attributes.ts';
import { LIMITS } from '../limits.ts';
import { parseMatrix, parseVector } from './answer.ts';
import { LOKI_PATHS, type LokiClient } from './client.ts';
import { lokiLimits } from './limits.ts';
import { readEntries, type ReadOptions } from './read-entries.ts';
import { instantOf, outcomesQuery, volumeQuery, type TimeRange } from '../query/logql.ts';
import { nsToMs } from '../time.ts';

/** The number of entries of each outcome in `[start, end)`. */
export interface VolumeBar extends TimeRange {
  success: number;
  failure: number;
}

export interface VolumeOptions extends Omit<ReadOptions, 'pageEntries'> {
  /** Width of a bar. Default: see {@link planStep}. Less if Loki does not allow so long a query. */
  stepSeconds?: number;
  /** Excludes entries on the first nanosecond: to continue after bars that were read before. */
  afterStart?: boolean;
}

const OUTCOME = lokiName(ATTRIBUTES.outcome);
const STEPS_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
];
const MOST_BARS = 100;
// A request should take about this long: often enough to see the number grow, seldom enough to cost little.
const SLICE_MS = 700;

/** The smallest round step, in seconds, that divides a range into about a hundred bars. */
export function planStep({ start, end }: TimeRange): number {
  const seconds = Number(end - start) / 1e9;
  const largest = STEPS_SECONDS.at(-1) ?? 1;
  return (
    STEPS_SECONDS.find((step) => seconds / step <= MOST_BARS) ?? Math.ceil(seconds / MOST_BARS / largest) * largest
  );
}

/** The edges of a range's bars, oldest first: its ends, and the whole steps since 1970 between them. */
export function barEdges({ start, end }: TimeRange, stepSeconds: number): bigint[] {
  const step = BigInt(stepSeconds) * 1_000_000_000n;
  const edges = [start];
  for (let edge = (start / step + 1n) * step; edge < end; edge += step) edges.push(edge);
  return [...edges, end];
}

/**
 * Counts entries exactly, by time and outcome: newest first, some bars at a time, as many as Loki counts in about a
 * second. The sum over all bars is the number of entries, except that Loki may count entries that were delivered twice
 * until it merges the copies. Leaving the loop stops the counting; the generator can be continued later.
 *
 * An entry on the nanosecond between two bars belongs to the older one, as in Loki.
 *
 * @throws AuditError as `readEntries` does.
 * @example
 * let entries = 0;
 * for await (const bars of readVolume(loki, { range })) for (const bar of bars) entries += bar.success + bar.failure;
 */
export async function* readVolume(loki: LokiClient, options: VolumeOptions): AsyncGenerator<VolumeBar[], void> {
  const { query = {}, range, signal, afterStart = false } = options;
  if (range.end <= range.start) return;
  const { spanMs } = await lokiLimits(loki);
  const allowed = STEPS_SECONDS.findLast((step) => step * 1000 <= spanMs) ?? 1;
  const stepSeconds = Math.min(options.stepSeconds ?? planStep(range), allowed);
  const edges = barEdges(range, stepSeconds);
  const bar = (i: number): VolumeBar => ({ start: edges[i] ?? 0n, end: edges[i + 1] ?? 0n, success: 0, failure: 0 });
  const last = edges.length - 2;

  // Loki's range queries count (start, end]; both ends of the range are requested to the nanosecond.
  const end = bar(last);
  await addInstant(end);
  if (last === 0) {
    if (afterStart) await addMoment(end, range.start, -1);
    yield [end];
    return;
  }
  if (last > 1) await addMoment(end, end.start, -1);
  yield [end];

  const most = Math.max(1, Math.floor(spanMs / (stepSeconds * 1000)));
  let size = Math.min(most, Math.max(1, Math.ceil(last / 8)));
  for (let to = last - 1; to > 0;) {
    const from = Math.max(1, to - size + 1);
    const began = performance.now();
    yield await readInner(from, to);
    const took = Math.max(1, performance.now() - began);
    size = Math.max(1, Math.min(most, Math.round(size * Math.min(4, Math.max(0.25, SLICE_MS / took)))));
    to = from - 1;
  }

  const first = bar(0);
  await addInstant(first);
  if (last > 1) await addMoment(first, first.end, 1);
  if (afterStart) await addMoment(first, first.start, -1);
  yield [first];

  function add(to: VolumeBar, outcome: string | undefined, entries: number) {
    // Two parts: failures, and the rest.
    to[outcome === 'failure' ? 'failure' : 'success'] += entries;
  }
  async function addInstant(to: VolumeBar) {
    const params = { query: outcomesQuery(query, to), time: String(instantOf(to)) };
    for (const { labels, value } of parseVector(await loki.get(LOKI_PATHS.query, params, signal))) {
      add(to, labels[OUTCOME], value);
    }
  }
  async function addMoment(to: VolumeBar, ns: bigint, sign: 1 | -1) {
    const moment = { query, range: { start: ns, end: ns + 1n }, pageEntries: LIMITS.pageEntriesMax, everyLine: true };
    for await (const lines of readEntries(loki, { ...moment, ...(signal && { signal }) })) {
      for (const { entry } of lines) add(to, entry?.outcome, sign);
    }
  }
  async function readInner(from: number, to: number): Promise<VolumeBar[]> {
    const bars = Array.from({ length: to - from + 1 }, (_, i) => bar(to - i));
    const params = {
      query: volumeQuery(query, stepSeconds),
      start: String(edges[from + 1]),
      end: String(edges[to + 1]),
      step: `${stepSeconds}s`,
    };
    const byEnd = new Map(bars.map((each) => [nsToMs(each.end), each]));
    for (const { labels, points } of parseMatrix(await loki.get(LOKI_PATHS.queryRange, params, signal))) {
      for (const [ms, entries] of points) {
        const each = byEnd.get(Math.round(ms));
        if (each) add(each, labels[OUTCOME], entries);
      }
    }
    return bars;
  }
}
