import { fieldOperators, fieldStorage, type FilterField } from '../query/filters.ts';
import { LIMITS } from '../limits.ts';
import type { LokiClient } from './client.ts';
import { readFieldValues, type FieldValue } from './read-entries.ts';
import { isTooMuchForLoki } from './too-much.ts';
import { VALUES_AT_ONCE, type EntryQuery, type TimeRange } from '../query/logql.ts';
import { msToNs } from '../time.ts';

/** The values of a field that are known after a part of a range was read. */
export interface ValuesSoFar {
  /** Most frequent first. */
  values: FieldValue[];
  /** The position of the reading, in nanoseconds: the values of later entries are included. */
  since: bigint;
  /** Whether there were more values than requested: rare ones may be missing, and counts too low. */
  cut: boolean;
}

export interface ValuesOptions {
  query?: EntryQuery;
  range: TimeRange;
  /** Only values with this text in them. */
  containing?: string;
  /** Maximum number of requests; reading ends there, even before the end of the range. */
  slices?: number;
  signal?: AbortSignal;
}

const FIRST_MS = 6 * 3_600_000;
const SHORTEST_MS = 60_000;
const QUICK_MS = 700;

/** A value as people choose it: a list is stored as JSON text, and they choose from its members. */
export function valueMembers(kind: string, { value, count }: FieldValue): FieldValue[] {
  if (kind !== 'list' && !(kind === 'any' && value.startsWith('["'))) return [{ value, count }];
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) ? list.flatMap((one) => (one === '' ? [] : [{ value: String(one), count }])) : [];
  } catch {
    return [];
  }
}

/** The query for the values of a field that contain a text. */
export function narrowedQuery(field: FilterField, query: EntryQuery, containing: string | undefined): EntryQuery {
  if (!containing || !fieldOperators(field).includes('contains')) return query;
  return { ...query, filters: [...(query.filters ?? []), { field, operator: 'contains', values: [containing] }] };
}

/** Counts by value, as a list. */
export function mostFrequentFirst(counts: ReadonlyMap<string, number>): FieldValue[] {
  const values = [...counts].map(([value, count]) => ({ value, count }));
  return values.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

/**
 * The values of a field in a range, newest slice first, with a result after each slice: a long range is never read at
 * once. Slices grow while Loki answers quickly, and shrink if it cannot answer.
 *
 * @throws AuditError `LOKI_REFUSED`, `LOKI_UNREACHABLE`, `LOKI_ANSWER`, `INVALID_FILTER`.
 * @example
 * for await (const { values, since } of valuesSoFar(loki, 'action', { range })) show(values);
 */
export async function* valuesSoFar(
  loki: LokiClient,
  field: FilterField,
  { query = {}, range, containing, slices = 40, signal }: ValuesOptions,
): AsyncGenerator<ValuesSoFar, void> {
  const { kind } = fieldStorage(field);
  const narrowed = narrowedQuery(field, query, containing);
  const counts = new Map<string, number>();
  let cut = false;
  let widthMs = FIRST_MS;
  let since = range.end;
  for (let asked = 0; since > range.start && asked < slices; asked++) {
    const from = since - msToNs(widthMs);
    const start = from > range.start ? from : range.start;
    const began = Date.now();
    try {
      const found = await readFieldValues(loki, field, {
        query: narrowed,
        range: { start, end: since },
        ...(signal && { signal }),
      });
      cut ||= found.length >= VALUES_AT_ONCE;
      for (const { value, count } of found.flatMap((one) => valueMembers(kind, one))) {
        counts.set(value, (counts.get(value) ?? 0) + count);
      }
    } catch (error) {
      if (!isTooMuchForLoki(error) || widthMs <= SHORTEST_MS) throw error;
      widthMs = Math.max(SHORTEST_MS, Math.floor(Number((since - start) / 1_000_000n) / 4));
      continue;
    }
    since = start;
    if (Date.now() - began < QUICK_MS) widthMs = Math.min(widthMs * 2, LIMITS.querySpanMs);
    yield { values: mostFrequentFirst(counts), since, cut };
  }
}
