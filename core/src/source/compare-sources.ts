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
const DAY = msToNs(24 * 3_600_000);

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
  const span = msToNs(spanMs);
  const ask = async (range: TimeRange, limit: number, direction: 'forward' | 'backward') => {
    const times = { start: String(range.start), end: String(range.end) };
    const params = { query: linesQuery({}), ...times, limit: String(limit), direction };
    return parseLines(await loki.get(LOKI_PATHS.queryRange, params, signal)).map(toTrailLine);
  };
  const lines = await ask({ start: end - span > from ? end - span : from, end }, NEWEST, 'backward');
  if (!history) return lines;
  const parts = end - from > 2n * DAY ? 4n : 1n;
  // One after the other, so that the page's own questions do not wait.
  for (let part = 0n; part < parts; part++) {
    const at = from + ((end - from) * part) / parts;
    lines.push(...(await ask({ start: at, end: at + span < end ? at + span : end }, OLDER, 'forward')));
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
