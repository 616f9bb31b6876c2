import { actorKeyBucket } from './actor-bucket.ts';
import { ATTRIBUTES, attributeText, lokiName } from './attributes.ts';
import { AuditError } from './errors.ts';
import { fieldPlace, isFilterOperator, type Filter, type FilterField } from './filters.ts';

/** What entries are wanted: the one input that every LogQL text of Auditrail is made from. */
export interface EntryQuery {
  filters?: readonly Filter[];
  /** Substring of the description, in any case. */
  search?: string;
  /** Only entries whose id ends so, `''` those without an id: how the reader parts entries that share a nanosecond. */
  idEnd?: string;
}

const CHANNEL = lokiName(ATTRIBUTES.channel);
const RECORD_ID = lokiName(ATTRIBUTES.recordId);
const BUCKET = lokiName(ATTRIBUTES.actorBucket);

/**
 * A text as a LogQL string. LogQL's strings are Go's, and JSON's escapes are a subset of those; only a lone surrogate
 * would not be, and no stored text holds one.
 */
export function logqlString(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

/**
 * A text as a regular expression (RE2) that matches exactly that text. Control characters are written as numbers: Loki
 * writes a query anew before it runs it, and cannot read some of them back.
 */
export function regexText(text: string): string {
  return text
    .replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
    .replace(/\p{Cc}|\ufeff/gu, (character) => `\\x{${character.codePointAt(0)?.toString(16)}}`);
}

const anyOf = (values: readonly string[]) => values.map(regexText).join('|');
// Loki 3.7 takes a plain leading `.*` as "contains" and forgets the end; with the flag it is read as written.
const ANYTHING = '(?s).*';
const containing = (text: string) => `(?is).*${regexText(text)}.*`;
// Loki keeps a list as JSON text, `["admins","staff"]`.
const listHolding = (values: readonly string[]) =>
  `${ANYTHING}(${anyOf(values.map((value) => JSON.stringify(value.toWellFormed())))}).*`;

function condition(filter: Filter): string {
  const { kind, key } = fieldPlace(filter.field);
  const { operator } = filter;
  if (!isFilterOperator(operator)) {
    throw new AuditError('INVALID_FILTER', `unknown operator: ${String(operator)}`);
  }
  const values = filter.values.map(attributeText);
  const [first] = values;
  const several = operator === 'is any of' || operator === 'is not any of';
  if (first === undefined || (values.length > 1 && !several)) {
    throw new AuditError('INVALID_FILTER', `"${filter.field} ${operator}" takes ${several ? 'values' : 'one value'}`);
  }
  if (operator === 'contains') return `${key}=~${logqlString(containing(first))}`;
  const negated = operator.startsWith('is not');
  if (kind === 'list') return `${key}${negated ? '!~' : '=~'}${logqlString(listHolding(values))}`;
  if (several) return `${key}${negated ? '!~' : '=~'}${logqlString(anyOf(values))}`;
  return `${key}${negated ? '!=' : '='}${logqlString(first)}`;
}

// One person's entries lie in one bucket of streams: Loki need not read the other fifteen. The bucket is taken of the
// uncut e-mail, as toAttributes takes it.
function bucketCondition(filters: readonly Filter[]): string[] {
  return filters
    .filter(({ field, operator }) => field === 'email' && (operator === 'is' || operator === 'is any of'))
    .map(({ values }) => `${BUCKET}=~${logqlString([...new Set(values.map(actorKeyBucket))].join('|'))}`);
}

// The search matches the description alone. Reading it out of the JSON is dear, so the raw line is asked first: a text
// that is not in the line is not in its description either.
function searchStages(search: string | undefined): string[] {
  if (!search) return [];
  const text = search.toWellFormed();
  const inJson = JSON.stringify(text).slice(1, -1);
  return [
    `|~ ${logqlString(`(?i)${regexText(inJson)}`)}`,
    `| json description="description"`,
    `| description=~${logqlString(containing(text))}`,
  ];
}

/**
 * The LogQL log query for the wanted entries.
 *
 * @throws AuditError `INVALID_FILTER`.
 * @example
 * entriesQuery({ filters: [{ field: 'outcome', operator: 'is', values: ['failure'] }], search: 'sign' })
 * // {audit_outcome="failure"} |~ "(?i)sign" | json description="description" | description=~"(?is).*sign.*"
 */
export function entriesQuery({ filters = [], search, idEnd }: EntryQuery): string {
  const isLabel = (filter: Filter) => fieldPlace(filter.field).kind === 'label';
  const labels = [...filters.filter(isLabel).map(condition), ...bucketCondition(filters)];
  // A selector must hold a matcher that is not empty; every audit stream has a channel.
  const selector = [`${CHANNEL}=~".+"`, ...labels].join(', ');
  const stages = filters.filter((filter) => !isLabel(filter)).map((filter) => `| ${condition(filter)}`);
  const part =
    idEnd === undefined
      ? []
      : [`| ${RECORD_ID}${idEnd ? `=~${logqlString(`${ANYTHING}${regexText(idEnd)}`)}` : '=""'}`];
  return [`{${selector}}`, ...part, ...stages, ...searchStages(search)].join(' ');
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

/** How many entries there are of each value of a field, as an instant query: the largest `limit` of them. */
export function valuesQuery(field: FilterField, query: EntryQuery, range: TimeRange, limit = 100): string {
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
  const outcome = lokiName(ATTRIBUTES.outcome);
  return `sum by (${outcome}) (count_over_time(${entriesQuery(query)} [${stepSeconds}s]))`;
}
