import { parseLines } from '../loki/answer.ts';
import { LOKI_PATHS, type LokiClient } from '../loki/client.ts';
import { toTrailLine, type TrailLine } from '../loki/entry-identity.ts';
import { lokiLimits } from '../loki/limits.ts';
import type { Filter } from '../query/filters.ts';
import { linesQuery, type TimeRange } from '../query/logql.ts';
import { msToNs } from '../time.ts';
import type { KeeperClient } from './keeper-client.ts';
import { keeperSource } from './keeper-source.ts';

const NEWEST = 20;
const OLDER = 5;
const HOUR = msToNs(3_600_000);
const DAY = 24n * HOUR;
// Loki unpacks chunks of all hours that a question covers, before it knows that the first ones are enough.
const WINDOWS = [2n * HOUR, DAY];

export interface SampleOptions {
  /** Also lines of other times than the newest. */
  history: boolean;
  signal?: AbortSignal;
  now?: () => number;
}

/**
 * Some of the lines that Loki holds in a range: the newest, and if asked the oldest and some between. Of any filter: a source
 * that lacks them is incomplete.
 */
export async function sampleOfLoki(
  loki: LokiClient,
  { start, end }: TimeRange,
  { history, signal, now = Date.now }: SampleOptions,
): Promise<TrailLine[]> {
  const { keptMs, spanMs } = await lokiLimits(loki);
  const oldest = keptMs === undefined ? start : msToNs(now() - keptMs);
  const from = oldest > start ? oldest : start;
  if (from >= end) return [];
  // Lines behind a time, or before it: those of the smallest window that has some.
  const linesAt = async (at: bigint, limit: number, direction: 'forward' | 'backward') => {
    for (const window of [...WINDOWS, msToNs(spanMs)]) {
      const start = direction === 'forward' ? at : at - window > from ? at - window : from;
      const stop = direction === 'backward' ? at : at + window < end ? at + window : end;
      const times = { start: String(start), end: String(stop) };
      const params = { query: linesQuery({}), ...times, limit: String(limit), direction };
      const lines = parseLines(await loki.get(LOKI_PATHS.queryRange, params, signal));
      if (lines.length > 0) return lines.map(toTrailLine);
      if (start === from && stop === end) break;
    }
    return [];
  };
  const lines = await linesAt(end, NEWEST, 'backward');
  if (!history) return lines;
  const parts = end - from > 2n * DAY ? 4n : 1n;
  // One after the other, so that the page's own questions do not wait.
  let reached = from;
  for (let part = 0n; part < parts; part++) {
    const at = from + ((end - from) * part) / parts;
    // The lines before have been the first ones from here on, too.
    if (at < reached) continue;
    const found = await linesAt(at, OLDER, 'forward');
    if (found.length === 0) break;
    reached = found.reduce((least, { ns }) => (ns < least ? ns : least), end);
    lines.push(...found);
  }
  return lines;
}

/** Those of some lines that the keeper lacks. Lines without an id are not compared. */
export async function missingInKeeper(
  keeper: KeeperClient,
  lines: readonly TrailLine[],
  signal?: AbortSignal,
): Promise<TrailLine[]> {
  const compared = lines.filter(({ entry }) => entry !== undefined);
  const times = compared.map(({ ns }) => ns);
  if (times.length === 0) return [];
  const start = times.reduce((least, ns) => (ns < least ? ns : least));
  const end = times.reduce((most, ns) => (ns > most ? ns : most)) + 1n;
  const ids = [...new Set(compared.flatMap(({ entry }) => (entry ? [entry.id] : [])))];
  const filter: Filter = { field: 'id', operator: 'is any of', values: ids };
  const keys = new Set<string>();
  const question = { query: { filters: [filter] }, range: { start, end }, ...(signal && { signal }) };
  for await (const page of keeperSource(keeper).rows(question)) for (const { key } of page) keys.add(key);
  return compared.filter(({ key }) => !keys.has(key));
}
