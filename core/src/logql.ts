import { ATTRIBUTES, lokiName } from './attributes.ts';
import { fieldPlace, type Filter, type FilterField } from './filters.ts';
import { bucketConditions, filterCondition, searchStages } from './logql-condition.ts';
import { logqlString, regexText } from './logql-text.ts';

/** What entries are wanted: the one input that every LogQL text of Auditrail is made from. */
export interface EntryQuery {
  filters?: readonly Filter[];
  /** Substring of the description, or of one of {@link SEARCHED_FIELDS}, in any case. */
  search?: string;
  /** Only entries whose id ends so, `''` those without an id: how the reader parts entries that share a nanosecond. */
  idEnd?: string;
}

const CHANNEL = lokiName(ATTRIBUTES.channel);
const OUTCOME = lokiName(ATTRIBUTES.outcome);
const RECORD_ID = lokiName(ATTRIBUTES.recordId);
// Loki 3.7 takes a plain leading `.*` as "contains" and forgets the end; with the flag it is read as written.
const ANYTHING = '(?s).*';

/**
 * The LogQL log query for the wanted entries.
 *
 * @throws AuditError `INVALID_FILTER`.
 * @example
 * entriesQuery({ filters: [{ field: 'outcome', operator: 'is', values: ['failure'] }] })
 * // {audit_channel=~".+", audit_outcome="failure"}
 */
export function entriesQuery({ filters = [], search, idEnd }: EntryQuery): string {
  const isLabel = (filter: Filter) => fieldPlace(filter.field).kind === 'label';
  const labels = [...filters.filter(isLabel).map(filterCondition), ...bucketConditions(filters)];
  // A selector must hold a matcher that is not empty; every audit stream has a channel.
  const selector = [`${CHANNEL}=~".+"`, ...labels].join(', ');
  const stages = filters.filter((filter) => !isLabel(filter)).map((filter) => `| ${filterCondition(filter)}`);
  const part =
    idEnd === undefined
      ? []
      : [`| ${RECORD_ID}${idEnd ? `=~${logqlString(`${ANYTHING}${regexText(idEnd)}`)}` : '=""'}`];
  return [`{${selector}}`, ...part, ...stages, ...(search ? searchStages(search) : [])].join(' ');
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

// Loki's windows have whole milliseconds: a range that has not is widened at its start, by less than one.
function windowOf({ start, end }: TimeRange): string {
  return `${(end - start + 999_999n) / 1_000_000n}ms`;
}

/** How many entries there are. To be asked as an instant query at {@link instantOf} the range. */
export function countQuery(query: EntryQuery, range: TimeRange): string {
  return `sum(count_over_time(${entriesQuery(query)} [${windowOf(range)}]))`;
}

/** How many entries of each outcome there are, to be asked as {@link countQuery} is. */
export function outcomesQuery(query: EntryQuery, range: TimeRange): string {
  return `sum by (${OUTCOME}) (count_over_time(${entriesQuery(query)} [${windowOf(range)}]))`;
}

/** Values of a field that are asked for at once. */
export const VALUES_AT_ONCE = 200;

/** How many entries there are of each value of a field, as an instant query: the largest `limit` of them. */
export function valuesQuery(field: FilterField, query: EntryQuery, range: TimeRange, limit = VALUES_AT_ONCE): string {
  const { key } = fieldPlace(field);
  const filled = `${entriesQuery(query)} | ${key}!=""`;
  return `topk(${limit}, sum by (${key}) (count_over_time(${filled} [${windowOf(range)}])))`;
}

/** The `time` of an instant query whose window covers exactly the range: Loki's windows leave the start out. */
export function instantOf(range: TimeRange): bigint {
  return range.end - 1n;
}

/** Entries per step and outcome, for a histogram, as a range query. `stepSeconds` is also the width of a bar. */
export function volumeQuery(query: EntryQuery, stepSeconds: number): string {
  return `sum by (${OUTCOME}) (count_over_time(${entriesQuery(query)} [${stepSeconds}s]))`;
}
