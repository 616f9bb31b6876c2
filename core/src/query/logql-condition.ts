import { actorKeyBucket, normalEmail } from '../entry/actor-bucket.ts';
import { ATTRIBUTES, attributeText, lokiName } from '../entry/attributes.ts';
import { AuditError } from '../errors.ts';
import {
  fieldStorage,
  filterProblem,
  ipValueKind,
  isFilterValue,
  propertyPath,
  type FieldStorage,
  type Filter,
  type FilterField,
  type FilterOperator,
} from './filters.ts';
import { jsonRegexText, logqlString, regexText } from './logql-text.ts';

/** The label that holds an actor's bucket. */
export const BUCKET = lokiName(ATTRIBUTES.actorBucket);

// Loki 3.7 rewrites simple expressions into "contains" and forgets their end: `a.*`, but also `user.login|user.logout`,
// because of its common prefix. It does not rewrite an expression with an anchor, or with flags before a `.*`.
const anyOf = (values: readonly string[], write: (value: string) => string) => values.map(write).join('|');
const unsimplified = (regex: string) => `^(?:${regex})`;
const containing = (text: string) => `(?is).*${regexText(text)}.*`;

/** Any part of a string in JSON text (RE2). */
export const INSIDE_STRING = '(?:[^"\\\\]|\\\\u[0-9a-f]{4}|\\\\[^u])*';

// Loki keeps a list as JSON text, `["admins","staff"]`. It is matched from its start, so that a part of a value never
// matches.
const listOf = (flags: string, value: string) => `(?${flags})\\[(?:"${INSIDE_STRING}",)*"${value}"(?:,.*)?\\]`;
const listHolding = (values: readonly string[]) => listOf('s', `(?:${anyOf(values, jsonRegexText)})`);
const listContaining = (text: string) => listOf('is', INSIDE_STRING + jsonRegexText(text) + INSIDE_STRING);

// Loki's ip() finds addresses anywhere in a text: only a text that is an address as a whole may be compared with it.
const ADDRESS_V4 = '[0-9]{1,3}(?:\\.[0-9]{1,3}){3}';
const ADDRESS_V6 = '(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F.]*(?:%.+)?';

function ipTerm(key: string, value: string, negated: boolean): string {
  const [equals, matches, or, and] = negated ? ['!=', '!~', ' and ', ' or '] : ['=', '=~', ' or ', ' and '];
  const guard = `${key}${matches}${logqlString(value.includes(':') ? ADDRESS_V6 : ADDRESS_V4)}`;
  const overlooked = overlookedBy(value).map((address) => `${key}${equals}${logqlString(address)}`);
  return [...overlooked, `(${guard}${and}${key}${equals}ip(${logqlString(value)}))`].join(or);
}

/**
 * Addresses that a network or address contains and Loki's ip() overlooks, because they have fewer than five characters. Of
 * these, only `::` and `::1` are in use.
 */
export function overlookedBy(value: string): string[] {
  const [base = '', length = '128'] = value.split('/');
  const bits = base.includes(':') ? Number(length) : 129;
  const isOne = /^[0:]*:0{0,3}1$/.test(base);
  const isZero = /^[0:]+$/.test(base) || bits === 0;
  const addresses = [
    ...(value === base ? [value] : []),
    ...(isZero || (isOne && bits < 128) ? ['::'] : []),
    ...(isOne || (isZero && bits < 128) ? ['::1'] : []),
  ];
  return [...new Set(addresses)];
}

// Networks, and addresses with several spellings, each have a term of their own.
function ipCondition(key: string, values: readonly string[], negated: boolean): string {
  const isText = (value: string) => ipValueKind(value) === 'text';
  const texts = values.filter(isText);
  const terms = [
    ...(texts.length > 0 ? [plainCondition('ip', key, texts, negated)] : []),
    ...values.filter((value) => !isText(value)).map((value) => ipTerm(key, value, negated)),
  ];
  return terms.join(negated ? ' and ' : ' or ');
}

function plainCondition(kind: FieldStorage['kind'], key: string, values: readonly string[], negated: boolean): string {
  const [value] = values;
  if (value !== undefined && values.length === 1) return `${key}${negated ? '!=' : '='}${logqlString(value)}`;
  const regex = anyOf(values, regexText);
  // Loki looks up labels in the index, which supports a plain list of words.
  return `${key}${negated ? '!~' : '=~'}${logqlString(kind === 'label' ? regex : unsimplified(regex))}`;
}

// The attribute has the normal form; that of an entry of the first version is as the application wrote it.
function emailRegex(value: string): string {
  return Array.from(normalEmail(value), (character) => {
    const upper = character.toUpperCase();
    return upper !== character && normalEmail(upper) === character
      ? `[${regexText(character)}${regexText(upper)}]`
      : regexText(character);
  }).join('');
}

/** The values of a filter as a list holds them. */
export function listValues({ email, bytes }: FieldStorage, values: readonly string[]): string[] {
  return values.map((value) => attributeText(email ? normalEmail(value) : value, bytes ?? Infinity));
}

/** The regular expression (RE2) of the JSON text of a list that holds one of the values, or contains the first. */
export function listRegex(operator: FilterOperator, values: readonly string[]): string {
  return operator === 'contains' ? listContaining(values[0] ?? '') : listHolding(values);
}

function listCondition(storage: FieldStorage, operator: FilterOperator, values: readonly string[]): string {
  const regex = listRegex(operator, listValues(storage, values));
  return `${storage.key}${operator.startsWith('is not') ? '!~' : '=~'}${logqlString(regex)}`;
}

function storageCondition(storage: FieldStorage, operator: FilterOperator, values: readonly string[]): string {
  const { kind, key, bytes, parts } = storage;
  const negated = operator.startsWith('is not');
  if (parts) {
    const conditions = parts.map((part) => storageCondition(part, operator, values));
    return `(${conditions.join(negated ? ' and ' : ' or ')})`;
  }
  if (kind === 'list') return listCondition(storage, operator, values);
  const stored = values.map((value) => (kind === 'property' ? value : attributeText(value, bytes)));
  if (operator === 'contains') return `${key}=~${logqlString(containing(stored[0] ?? ''))}`;
  if (kind === 'ip') return ipCondition(key, stored, negated);
  if (kind === 'email') {
    const regex = logqlString(unsimplified(stored.map(emailRegex).join('|')));
    return stored.join('') === ''
      ? plainCondition(kind, key, stored, negated)
      : `${key}${negated ? '!~' : '=~'}${regex}`;
  }
  return plainCondition(kind, key, stored, negated);
}

// To Loki, a missing field has an empty value.
const isStoredValue: typeof isFilterValue = (field, operator, value) =>
  value === '' || isFilterValue(field, operator, value);

/**
 * Checks a filter of stored entries, which can also be for the empty value.
 *
 * @throws AuditError `INVALID_FILTER`: an unknown field or operator, a wrong number of values, or an impossible value.
 */
export function checkFilter(filter: Filter): void {
  const problem = filterProblem(filter, filter.field, isStoredValue);
  if (problem) throw new AuditError('INVALID_FILTER', problem.message);
}

/**
 * One filter as a condition of LogQL: a matcher for a label, else a label filter after a `|`.
 *
 * @throws AuditError `INVALID_FILTER` as {@link checkFilter}.
 */
export function filterCondition(filter: Filter): string {
  checkFilter(filter);
  return storageCondition(fieldStorage(filter.field), filter.operator, filter.values);
}

/**
 * A filter as stages of a query's pipeline. A member of `properties` has no attribute: it is read out of the line, after a
 * cheap look at the raw text.
 */
export function filterStages(filter: Filter): string[] {
  const { kind, key } = fieldStorage(filter.field);
  const condition = `| ${filterCondition(filter)}`;
  if (kind !== 'property') return [condition];
  const path = propertyPath(filter.field);
  const nested = path.map((name, i) => (i === 0 ? name : `["${name}"]`)).join('');
  // OpenTelemetry's names have dots: `properties.shop.till` is also a member `shop.till`.
  const flat = `${path[0]}["${path.slice(1).join('.')}"]`;
  const flatKey = `${key}_flat`;
  const isDotted = path.length > 2;
  const present = filter.operator.startsWith('is not') || filter.values.includes('');
  return [
    ...(present ? [] : [`|= ${logqlString(`${isDotted ? '' : '"'}${path.at(-1)}":`)}`]),
    `| json ${key}=${logqlString(nested)}${isDotted ? `, ${flatKey}=${logqlString(flat)}` : ''}`,
    ...(isDotted ? [`| label_format ${key}=${logqlString(`{{ or .${key} .${flatKey} }}`)}`] : []),
    condition,
    // A line that is not JSON has no properties, and counting would fail for it.
    `| drop __error__, __error_details__${isDotted ? `, ${flatKey}` : ''}`,
  ];
}

// One person's entries are in one bucket of streams: Loki need not read the other fifteen. As in toAttributes, the bucket
// is computed from the uncut e-mail.
export function bucketConditions(filters: readonly Filter[]): string[] {
  return filters
    .filter(({ field, operator }) => field === 'email' && (operator === 'is' || operator === 'is any of'))
    .filter(({ values }) => !values.includes(''))
    .map(({ values }) => `${BUCKET}=~${logqlString([...new Set(values.map(actorKeyBucket))].join('|'))}`);
}

/** The fields that the search includes, besides the description. */
export const SEARCHED_FIELDS = [
  'email',
  'ip',
  'endpoint',
  'operation',
  'id',
  'errorMessage',
] as const satisfies FilterField[];

/** The label that a search reads the description into. */
export const DESCRIPTION_KEY = 'audit_description';

// For a plain word, Loki lowercases letters one by one, and misses capitals whose UTF-8 begins with another byte, as in
// "Роман". It does not do so for longer expressions.
const ASCII = /^[\x00-\x7f]*$/;
const inLine = (text: string) => `(?i)${jsonRegexText(text)}${ASCII.test(text) ? '' : '.?'}`;

/**
 * The stages of a search: a substring in any case. Parsing the description out of the JSON is slow, so the raw line is
 * searched first: a text that is not in the line is in none of its fields.
 */
export function searchStages(search: string): string[] {
  const text = search.toWellFormed();
  const keys = [DESCRIPTION_KEY, ...SEARCHED_FIELDS.map((field) => fieldStorage(field).key)];
  const regex = logqlString(containing(text));
  return [
    `|~ ${logqlString(inLine(text))}`,
    `| json ${DESCRIPTION_KEY}="description"`,
    `| ${keys.map((key) => `${key}=~${regex}`).join(' or ')}`,
    // A line that is not JSON has no description, and counting would fail for it.
    '| drop __error__, __error_details__',
  ];
}
