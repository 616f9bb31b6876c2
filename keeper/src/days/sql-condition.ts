import { actorKeyBucket, attributeText, normalEmail } from '@auditrail/core';
import {
  checkFilter,
  fieldStorage,
  INSIDE_STRING,
  ipValueKind,
  jsonRegexText,
  listRegex,
  listValues,
  overlookedBy,
  regexText,
  SEARCHED_FIELDS,
  type EntryQuery,
  type FieldStorage,
  type Filter,
  type FilterField,
  type FilterOperator,
} from '@auditrail/core/query';
import { columnOfKey, SCOPE_KEY_PREFIX } from './columns.ts';
import { sqlName, sqlText } from './duck.ts';
import { ipKey, ipKeyRange } from './ip-key.ts';

/**
 * The condition of SQL (DuckDB) for the wanted entries among rows of `toRow`: the same ones as those of core's
 * `entriesQuery` in Loki.
 *
 * Values are literals and not parameters, because DuckDB skips parts of a Parquet file by constants only.
 *
 * @throws AuditError `INVALID_FILTER`.
 * @example entryCondition({ filters: [{ field: 'outcome', operator: 'is', values: ['failure'] }] })
 * // "channel" IS NOT NULL AND "outcome" = 'failure'
 */
export function entryCondition({ filters = [], search }: Pick<EntryQuery, 'filters' | 'search'>): string {
  // Every entry has a channel.
  const conditions = ['"channel" IS NOT NULL', ...filters.map(filterSql), ...(search ? [searchSql(search)] : [])];
  return conditions.join(' AND ');
}

/** The value of a field in SQL; of a list, its JSON text. A scope or a member of the properties is in a column with others. */
export function valueSql(field: FilterField): string {
  const { key, kind } = fieldStorage(field);
  const column = columnOfKey(key);
  if (column !== undefined) return sqlName(column);
  const name = field.slice(field.indexOf('.') + 1);
  return `json_extract_string(${kind === 'property' ? 'properties' : 'scope'}, ${sqlText(`$."${name}"`)})`;
}

function filterSql(filter: Filter): string {
  checkFilter(filter);
  const { operator, values } = filter;
  const found = any([storageSql(fieldStorage(filter.field), filter, values)]);
  if (operator.startsWith('is not')) return `${found} IS NOT TRUE`;
  return all([found, ...bucketSql(filter), ...presentSql(filter)]);
}

const any = (conditions: readonly string[]) => `(${conditions.join(' OR ')})`;
const all = (conditions: readonly string[]) => conditions.join(' AND ');

const matches = (column: string, regex: string) => `regexp_matches(${column}, ${sqlText(regex)})`;
const contains = (column: string, text: string) => `contains(${column}, ${sqlText(text)})`;
const inAnyCase = (column: string, text: string) => matches(column, `(?i)${regexText(text.toWellFormed())}`);

// The condition of the operator without its "not". It is NULL for a missing value.
function storageSql(storage: FieldStorage, { field, operator }: Filter, values: readonly string[]): string {
  const { kind, key, bytes, parts } = storage;
  if (parts) return any(parts.map((part) => storageSql(part, { field, operator, values: [] }, values)));
  const column = columnOfKey(key);
  if (kind === 'list') return listSql(`"${column}"`, operator, listValues(storage, values));
  const stored = values.map((value) => (kind === 'property' ? value : attributeText(value, bytes)));
  if (operator === 'contains' && stored[0] === '') return 'TRUE';
  if (kind === 'property') return memberSql('"properties"', field.slice('properties.'.length), operator, stored);
  if (column === undefined) return memberSql('"scope"', key.slice(SCOPE_KEY_PREFIX.length), operator, stored);
  if (operator === 'contains') return inAnyCase(`"${column}"`, stored[0] ?? '');
  if (kind === 'ip') return ipSql(stored);
  return isOneOf(`"${column}"`, kind === 'email' ? stored.map(normalEmail) : stored);
}

function isOneOf(column: string, values: readonly string[]): string {
  const texts = [...new Set(values.filter((value) => value !== ''))].map(sqlText);
  return any([
    ...(values.includes('') ? [`${column} IS NULL`] : []),
    ...(texts.length === 1 ? [`${column} = ${texts[0]}`] : []),
    ...(texts.length > 1 ? [`${column} IN (${texts.join(', ')})`] : []),
  ]);
}

// A plain text is in the list's JSON text as it is: looking for it is quicker.
const IS_PLAIN = /^[^"\\<>&\p{Cc}\u2028\u2029]*$/u;

function listSql(column: string, operator: FilterOperator, values: readonly string[]): string {
  const found = `regexp_full_match(${column}, ${sqlText(listRegex(operator, values))})`;
  if (operator === 'contains' || !values.every((value) => IS_PLAIN.test(value))) return found;
  return `(${any(values.map((value) => contains(column, `"${value}"`)))} AND ${found})`;
}

// The column is `{"name":"value",…}` with names that need no escape: neither text can be part of another value.
function memberSql(column: string, name: string, operator: FilterOperator, values: readonly string[]): string {
  if (operator === 'contains') {
    const text = `(?i:${jsonRegexText(values[0] ?? '')})`;
    return matches(column, `"${regexText(name)}":"${INSIDE_STRING}${text}`);
  }
  return any(
    values.map((value) => {
      if (value === '') return `${contains(column, `"${name}":`)} IS NOT TRUE`;
      return contains(column, `"${name}":${JSON.stringify(value.toWellFormed())}`);
    }),
  );
}

function ipSql(values: readonly string[]): string {
  const ranges = values.filter((value) => ipValueKind(value) !== 'text');
  const texts = values.filter((value) => ipValueKind(value) === 'text');
  // Only short addresses have no key.
  const equal = [...texts, ...ranges.flatMap(overlookedBy).filter((address) => ipKey(address) === undefined)];
  return any([
    ...(equal.length > 0 ? [isOneOf('"ip"', equal)] : []),
    ...ranges
      .map(ipKeyRange)
      .map(([first, last]) => (first === last ? `"ipKey" = '${first}'` : `"ipKey" BETWEEN '${first}' AND '${last}'`)),
  ]);
}

// As in Loki, only streams of the person's bucket: of two long addresses that are cut to the same text, it finds one.
function bucketSql({ field, operator, values }: Filter): string[] {
  if (field !== 'email' || operator === 'contains' || values.includes('')) return [];
  return [isOneOf('"bucket"', values.map(actorKeyBucket))];
}

// Loki looks for a property's name in the line first.
function presentSql({ field, values }: Filter): string[] {
  if (fieldStorage(field).kind !== 'property' || values.includes('')) return [];
  const path = field.split('.');
  const name = `${path.length > 2 ? '' : '"'}${path.at(-1)}":`;
  return [`("searchLine" IS NULL OR ${contains('"searchLine"', name)})`];
}

const ASCII = /^[\x00-\x7f]*$/;
const SEARCHED = ['description', ...SEARCHED_FIELDS].map((column) => `"${column}"`);

// Only rows with a `searchLine` can have an id that is not a UUID, a text that is not in the line, or a letter outside of
// ASCII that is an ASCII letter in another case.
function searchSql(search: string): string {
  const text = search.toWellFormed();
  const lower = text.toLowerCase();
  const inColumn = (column: string) =>
    ASCII.test(text) ? contains(`lower(${column})`, lower) : inAnyCase(column, text);
  const columns = SEARCHED.filter((column) => column !== '"id"' || /^[0-9a-f-]*$/.test(lower));
  const found = any(SEARCHED.map((column) => inAnyCase(column, text)));
  return any([
    `("searchLine" IS NULL AND ${any(columns.map(inColumn))})`,
    `("searchLine" IS NOT NULL AND ${matches('"searchLine"', lineRegex(text))} AND ${found})`,
  ]);
}

// For an ASCII text, Loki's search of lines knows fewer letters in another case than a regular expression: at its begin,
// ASCII letters, then the Kelvin sign too.
function lineRegex(text: string): string {
  if (!ASCII.test(text) || /[<>&\b\f]./s.test(text)) return `(?i)${jsonRegexText(text)}`;
  return Array.from(text, (character, i) => {
    const lower = character.toLowerCase();
    if (lower === character.toUpperCase()) return jsonRegexText(character);
    return `[${lower}${lower.toUpperCase()}${lower === 'k' && i > 0 ? '\u212a' : ''}]`;
  }).join('');
}
