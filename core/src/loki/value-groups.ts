import { parseVector } from './answer.ts';
import { LOKI_PATHS, type LokiClient } from './client.ts';
import { lokiLimits } from './limits.ts';
import type { ReadOptions } from './read-entries.ts';
import { isTooMuchForLoki } from './too-much.ts';
import { fieldStorage, type FilterField } from '../query/filters.ts';
import { groupsQueries, instantOf, type TimeRange } from '../query/logql.ts';
import { msToNs } from '../time.ts';

/** The entries that have the same values in some fields. */
export interface ValueGroup {
  /** One value for each field, `''` for an entry without it. */
  values: string[];
  entries: number;
  /** The time of the oldest, in milliseconds since 1970. */
  firstMs: number;
  lastMs: number;
}

const SHORTEST = msToNs(60_000);

/**
 * All combinations of values of some fields in a range, with the number of entries and the time of the first and last. The
 * fields are labels or metadata. A range is halved as long as Loki cannot answer it.
 *
 * @throws AuditError `LOKI_REFUSED`, `LOKI_UNREACHABLE`, `LOKI_ANSWER`, `INVALID_FILTER`.
 * @example
 * for (const { values: [action], lastMs } of await readValueGroups(loki, ['action'], { range })) console.log(action, lastMs);
 */
export async function readValueGroups(
  loki: LokiClient,
  fields: readonly FilterField[],
  { query = {}, range, signal }: Pick<ReadOptions, 'query' | 'range' | 'signal'>,
): Promise<ValueGroup[]> {
  const keys = fields.map((field) => fieldStorage(field).key);
  const longest = msToNs((await lokiLimits(loki)).spanMs);
  const groups = new Map<string, ValueGroup>();

  const ask = async (logql: string, slice: TimeRange): Promise<Map<string, number>> => {
    const answer = await loki.get(LOKI_PATHS.query, { query: logql, time: String(instantOf(slice)) }, signal);
    const named = parseVector(answer).map(({ labels, value }): [string, number] => [
      JSON.stringify(keys.map((key) => labels[key] ?? '')),
      value,
    ]);
    return new Map(named);
  };

  const readSlice = async (slice: TimeRange): Promise<void> => {
    const queries = groupsQueries(fields, query, slice);
    // The counts come last: an entry that arrives meanwhile has no time, and is left to the next reading.
    const first = await ask(queries.first, slice);
    const last = await ask(queries.last, slice);
    for (const [key, entries] of await ask(queries.count, slice)) {
      const firstMs = first.get(key);
      const lastMs = last.get(key);
      if (firstMs === undefined || lastMs === undefined) continue;
      const known = groups.get(key);
      groups.set(key, {
        values: JSON.parse(key) as string[],
        entries: entries + (known?.entries ?? 0),
        firstMs: Math.min(firstMs, known?.firstMs ?? Infinity),
        lastMs: Math.max(lastMs, known?.lastMs ?? -Infinity),
      });
    }
  };

  const read = async (part: TimeRange): Promise<void> => {
    const span = part.end - part.start;
    if (span <= longest) {
      try {
        await readSlice(part);
        return;
      } catch (error) {
        if (!isTooMuchForLoki(error) || span <= SHORTEST) throw error;
      }
    }
    const middle = part.start + span / 2n;
    await read({ start: middle, end: part.end });
    await read({ start: part.start, end: middle });
  };

  if (range.start < range.end) await read(range);
  return [...groups.values()];
}
