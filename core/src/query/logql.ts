import { ATTRIBUTES, lokiName } from '../entry/attributes.ts';
import { fieldStorage, type Filter, type FilterField } from './filters.ts';
import { LIMITS } from '../limits.ts';
import { bucketConditions, BUCKET, filterCondition, filterStages, searchStages } from './logql-condition.ts';
import { logqlString, regexText } from './logql-text.ts';

/** The wanted entries: all LogQL of Auditrail is built from this. */
export interface EntryQuery {
  filters?: readonly Filter[];
  /** Substring of the description, or of one of {@link SEARCHED_FIELDS}, in any case. */
  search?: string;
  /**
   * Only entries with this end of their id, `''` for those without an id: the reader divides the entries of a nanosecond
   * so.
   */
  idEnd?: string;
  /** Only this part of the streams, from 0: see {@link streamParts}. */
  part?: StreamPart;
}

/** Number `index`, from 0, of `of` parts. */
interface StreamPart {
  index: number;
  of: number;
}

const CHANNEL = lokiName(ATTRIBUTES.channel);
const OUTCOME = lokiName(ATTRIBUTES.outcome);
const RECORD_ID = lokiName(ATTRIBUTES.recordId);
// Loki 3.7 takes a plain leading `.*` as "contains" and forgets the end; with the flag it does not.
const ANYTHING = '(?s).*';

/**
 * The LogQL log query for the wanted entries.
 *
 * @throws AuditError `INVALID_FILTER`.
 * @example
 * entriesQuery({ filters: [{ field: 'outcome', operator: 'is', values: ['failure'] }] })
 * // {audit_channel=~".+", audit_outcome="failure"}
 */
export function entriesQuery({ filters = [], search, idEnd, part }: EntryQuery): string {
  const isLabel = (filter: Filter) => fieldStorage(filter.field).kind === 'label';
  const labels = [
    ...filters.filter(isLabel).map(filterCondition),
    ...bucketConditions(filters),
    ...(part ? [partCondition(part)] : []),
  ];
  // A selector must have a matcher that is not empty; every audit stream has a channel.
  const selector = [`${CHANNEL}=~".+"`, ...labels].join(', ');
  const stages = filters.filter((filter) => !isLabel(filter)).flatMap(filterStages);
  const ids =
    idEnd === undefined
      ? []
      : [`| ${RECORD_ID}${idEnd ? `=~${logqlString(`${ANYTHING}${regexText(idEnd)}`)}` : '=""'}`];
  return [`{${selector}}`, ...ids, ...stages, ...(search ? searchStages(search) : [])].join(' ');
}

// The last part has everything that the others do not, so that entries without a known bucket are in a part, too.
function partCondition({ index, of }: StreamPart): string {
  const isLast = index === of - 1;
  const buckets = Array.from({ length: LIMITS.actorBuckets }, (_, bucket) => bucket);
  const named = buckets.filter((bucket) => (isLast ? bucket % of !== index : bucket % of === index));
  return `${BUCKET}${isLast ? '!~' : '=~'}${logqlString(named.join('|'))}`;
}

/**
 * The same entries in `of` parts, at most as many as there are buckets of actors; each part has streams of its own. For
 * reading very many: for an answer with a few lines of every stream, Loki unpacks all their chunks, and again for the
 * next. One person's entries are one part.
 *
 * @example streamParts({}, 2).map(entriesQuery)[0] // {audit_channel=~".+", audit_actor_bucket=~"0|2|4|6|8|10|12|14"}
 */
export function streamParts(query: EntryQuery, of: number): EntryQuery[] {
  if (of === 1 || bucketConditions(query.filters ?? []).length > 0) return [query];
  return Array.from({ length: of }, (_, index) => ({ ...query, part: { index, of } }));
}

/** The same entries for reading lines: without the labels that would make each entry a stream of its own. */
export function linesQuery(query: EntryQuery): string {
  return `${entriesQuery(query)} | keep ${CHANNEL}`;
}

/** A span of time in nanoseconds: `start` belongs to it, `end` does not (as in Loki's query_range). */
export interface TimeRange {
  start: bigint;
  end: bigint;
}

// Loki's windows have whole milliseconds: another range is extended at its start, by less than one.
function windowOf({ start, end }: TimeRange): string {
  return `${(end - start + 999_999n) / 1_000_000n}ms`;
}

/** The number of entries, as an instant query at {@link instantOf} the range. */
export function countQuery(query: EntryQuery, range: TimeRange): string {
  return `sum(count_over_time(${entriesQuery(query)} [${windowOf(range)}]))`;
}

/** The number of entries of each outcome, as an instant query like {@link countQuery}. */
export function outcomesQuery(query: EntryQuery, range: TimeRange): string {
  return `sum by (${OUTCOME}) (count_over_time(${entriesQuery(query)} [${windowOf(range)}]))`;
}

/** Values of a field that are requested at once. */
export const VALUES_AT_ONCE = 200;

/** The number of entries of each value of a field, as an instant query: the `limit` most frequent values. */
export function valuesQuery(field: FilterField, query: EntryQuery, range: TimeRange, limit = VALUES_AT_ONCE): string {
  const { kind, key } = fieldStorage(field);
  // A property must be read out of the line first.
  const filled =
    kind === 'property'
      ? entriesQuery({ ...query, filters: [...(query.filters ?? []), { field, operator: 'is not', values: [''] }] })
      : `${entriesQuery(query)} | ${key}!=""`;
  return `topk(${limit}, sum by (${key}) (count_over_time(${filled} [${windowOf(range)}])))`;
}

/**
 * For each combination of values of some fields: the number of entries, and the time of the first and the last in
 * milliseconds; as instant queries like {@link countQuery}. The fields are labels or metadata.
 */
export function groupsQueries(
  fields: readonly FilterField[],
  query: EntryQuery,
  range: TimeRange,
): Record<'count' | 'first' | 'last', string> {
  const keys = fields.map((field) => fieldStorage(field).key).join(', ');
  const entries = entriesQuery(query);
  const window = `[${windowOf(range)}]`;
  const times = `${entries} | label_format audit_ms=\`{{ __timestamp__ | unixEpochMillis }}\` | unwrap audit_ms ${window}`;
  return {
    count: `sum by (${keys}) (count_over_time(${entries} ${window}))`,
    first: `min by (${keys}) (min_over_time(${times}) by (${keys}))`,
    last: `max by (${keys}) (max_over_time(${times}) by (${keys}))`,
  };
}

/** The `time` of an instant query whose window covers exactly the range: Loki's windows exclude the start. */
export function instantOf(range: TimeRange): bigint {
  return range.end - 1n;
}

/** Entries per step and outcome, for a histogram, as a range query. `stepSeconds` is also the width of a bar. */
export function volumeQuery(query: EntryQuery, stepSeconds: number): string {
  return `sum by (${OUTCOME}) (count_over_time(${entriesQuery(query)} [${stepSeconds}s]))`;
}

/**
 * For each window of time, a sum over the times of its lines, as a range query: see `readTimeSums`. The square of a time, in
 * remainders that Loki can compute, so that no two other times have the same sum because they are evenly spaced.
 */
export function timeSumQuery(query: EntryQuery, windowSeconds: number): string {
  const { base, inner, outer } = TIME_SUM;
  const rest = `{{ $x := mod (__timestamp__ | unixEpochNanos) ${inner} }}{{ add ${base} (mod (mul $x $x) ${outer}) }}`;
  const times = `| label_format audit_ns=\`${rest}\` | unwrap audit_ns`;
  return `sum(sum_over_time(${entriesQuery(query)} ${times} [${windowSeconds}s]))`;
}

/** A time in nanoseconds adds `base + (time % inner)² % outer` to a sum of times. */
export const TIME_SUM = { base: 1_000_000_000, inner: 1_000_000_007, outer: 998_244_353 } as const;
