import { entryIdTime } from '../entry/entry-id.ts';
import { AuditError } from '../errors.ts';
import { distinctLines } from '../loki/entry-identity.ts';
import { mostFrequentFirst, narrowedQuery, valueMembers } from '../loki/values-so-far.ts';
import { barEdges, planStep, type VolumeBar, type VolumeOptions } from '../loki/volume.ts';
import { LIMITS } from '../limits.ts';
import { fieldStorage, type Filter } from '../query/filters.ts';
import { VALUES_AT_ONCE } from '../query/logql.ts';
import { askKeeper, questionOf, type KeeperClient } from './keeper-client.ts';
import type { RowsOptions, TrailSource } from './trail-source.ts';

// Of a list, each combination of members is a value.
const LISTS_AT_ONCE = 1_000;

/** Reads entries from the keeper. Rejects as the client does; see also {@link fallbackSource}. */
export function keeperSource(keeper: KeeperClient): TrailSource {
  async function* rows({ query = {}, range, pageEntries = LIMITS.pageEntries, signal }: RowsOptions) {
    if (range.start >= range.end) return;
    const question = { ...questionOf(query, range), limit: Math.min(pageEntries, LIMITS.pageEntriesMax) };
    for (let after: object | undefined; ;) {
      const { entries, next } = await askKeeper(keeper, 'rows', { ...question, ...(after && { after }) }, signal);
      const lines = entries.map(({ ns, line }) => ({ ns: BigInt(ns), line }));
      if (lines.length > 0) yield distinctLines(lines);
      if (!next) return;
      after = next;
    }
  }
  return {
    rows,
    async count({ query = {}, range, signal }) {
      if (range.start >= range.end) return 0;
      return (await askKeeper(keeper, 'count', questionOf(query, range), signal)).count;
    },
    async *volume(options) {
      if (options.range.start >= options.range.end) return;
      yield { bars: await readBars(keeper, options), exact: true };
    },
    async *values(field, { query = {}, range, containing, signal }) {
      if (range.start >= range.end) return;
      const { kind } = fieldStorage(field);
      const limit = kind === 'list' || kind === 'any' ? LISTS_AT_ONCE : VALUES_AT_ONCE;
      const question = { ...questionOf(narrowedQuery(field, query, containing), range), field, limit };
      const found = (await askKeeper(keeper, 'values', question, signal)).values;
      const counts = new Map<string, number>();
      for (const { value, count } of found.flatMap((one) => valueMembers(kind, one))) {
        counts.set(value, (counts.get(value) ?? 0) + count);
      }
      yield { values: mostFrequentFirst(counts), since: range.start, cut: found.length >= limit };
    },
    async *find(id, { range, signal, onProgress }) {
      if (entryIdTime(id) === undefined) {
        throw new AuditError('INVALID_FILTER', `${id.slice(0, 80)} is not an entry's id (UUIDv7)`);
      }
      const filter: Filter = { field: 'id', operator: 'is any of', values: [...new Set([id, id.toLowerCase()])] };
      yield* rows({ query: { filters: [filter] }, range, ...(signal && { signal }) });
      onProgress?.(1);
    },
  };
}

/** All bars, newest first. As in Loki, an entry on the nanosecond between two bars belongs to the older one. */
async function readBars(keeper: KeeperClient, options: VolumeOptions): Promise<VolumeBar[]> {
  const { query = {}, range, afterStart = false, stepSeconds = planStep(range), signal } = options;
  const edges = barEdges(range, stepSeconds);
  const bars = edges.slice(1).map((end, i): VolumeBar => ({ start: edges[i] ?? 0n, end, success: 0, failure: 0 }));
  const stepNs = BigInt(stepSeconds) * 1_000_000_000n;
  const ask = async (start: bigint, end: bigint, firstBar: number, isOneBar: boolean) => {
    if (start >= end) return;
    const question = { ...questionOf(query, { start, end }), stepSeconds };
    for (const step of (await askKeeper(keeper, 'volume', question, signal)).steps) {
      const bar = bars[isOneBar ? firstBar : firstBar + Number((BigInt(step.start) - start) / stepNs)];
      // Two parts: failures, and the rest.
      if (bar) bar[step.outcome === 'failure' ? 'failure' : 'success'] += step.count;
    }
  };
  // The first bar can be shorter than a step, and the keeper's steps begin at the start of the range.
  const first = bars.length > 1 ? (edges[1] ?? 0n) + 1n : range.end;
  await Promise.all([
    ask(afterStart ? range.start + 1n : range.start, first, 0, true),
    ask(first, range.end, 1, false),
  ]);
  return bars.reverse();
}
