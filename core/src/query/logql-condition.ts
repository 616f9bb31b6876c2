import { actorKeyBucket } from '../entry/actor-bucket.ts';
import { ATTRIBUTES, attributeText, lokiName } from '../entry/attributes.ts';
import { AuditError } from '../errors.ts';
import {
  fieldPlace,
  filterProblem,
  ipValueKind,
  isFilterValue,
  type FieldPlace,
  type Filter,
  type FilterField,
} from './filters.ts';
import { jsonRegexText, logqlString, regexText } from './logql-text.ts';

/** The label that holds an actor's bucket. */
export const BUCKET = lokiName(ATTRIBUTES.actorBucket);

// Loki 3.7 rewrites simple expressions into "contains" and forgets where they end: `a.*`, but also `user.login|user.logout`,
// for its common beginning. It leaves alone what has an anchor, or flags before a `.*`.
const anyOf = (values: readonly string[], write: (value: string) => string) => values.map(write).join('|');
const unsimplified = (regex: string) => `^(?:${regex})`;
const containing = (text: string) => `(?is).*${regexText(text)}.*`;

// Loki keeps a list as JSON text, `["admins","staff"]`. Read from its start, so that no part of a value is taken for one.
const INSIDE = '(?:[^"\\\\]|\\\\u[0-9a-f]{4}|\\\\[^u])*';
const listOf = (flags: string, value: string) => `(?${flags})\\[(?:"${INSIDE}",)*"${value}"(?:,.*)?\\]`;
const listHolding = (values: readonly string[]) => listOf('s', `(?:${anyOf(values, jsonRegexText)})`);
const listContaining = (text: string) => listOf('is', INSIDE + jsonRegexText(text) + INSIDE);

// Loki's ip() looks for addresses anywhere in a text: only what is an address as a whole may be compared with it.
const ADDRESS_V4 = '[0-9]{1,3}(?:\\.[0-9]{1,3}){3}';
const ADDRESS_V6 = '(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F.]*(?:%.+)?';

function ipTerm(key: string, value: string, negated: boolean): string {
  const [equals, matches, or, and] = negated ? ['!=', '!~', ' and ', ' or '] : ['=', '=~', ' or ', ' and '];
  const guard = `${key}${matches}${logqlString(value.includes(':') ? ADDRESS_V6 : ADDRESS_V4)}`;
  const overlooked = overlookedBy(value).map((address) => `${key}${equals}${logqlString(address)}`);
  return [...overlooked, `(${guard}${and}${key}${equals}ip(${logqlString(value)}))`].join(or);
}

// Loki's ip() overlooks addresses of fewer than five characters; of these, only `::` and `::1` are in use.
function overlookedBy(value: string): string[] {
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

// Where values are networks or may be spelled in several ways, each of these is a term of its own.
function ipCondition(key: string, values: readonly string[], negated: boolean): string {
  const isText = (value: string) => ipValueKind(value) === 'text';
  const texts = values.filter(isText);
  const terms = [
    ...(texts.length > 0 ? [plainCondition('ip', key, texts, negated)] : []),
    ...values.filter((value) => !isText(value)).map((value) => ipTerm(key, value, negated)),
  ];
  return terms.join(negated ? ' and ' : ' or ');
}

function plainCondition(kind: FieldPlace['kind'], key: string, values: readonly string[], negated: boolean): string {
  const [value] = values;
  if (value !== undefined && values.length === 1) return `${key}${negated ? '!=' : '='}${logqlString(value)}`;
  const regex = anyOf(values, regexText);
  // Labels are looked up in the index, which knows a plain list of words.
  return `${key}${negated ? '!~' : '=~'}${logqlString(kind === 'label' ? regex : unsimplified(regex))}`;
}

// To Loki, a missing field has an empty value.
const isStoredValue: typeof isFilterValue = (field, operator, value) =>
  value === '' || isFilterValue(field, operator, value);

/**
 * One filter as a condition of LogQL: a matcher for a label, else what follows a `|`.
 *
 * @throws AuditError `INVALID_FILTER`: an unknown field or operator, no value or too many, a value that cannot be.
 */
export function filterCondition({ field, operator, values }: Filter): string {
  const problem = filterProblem({ field, operator, values }, field, isStoredValue);
  if (problem) throw new AuditError('INVALID_FILTER', problem.message);
  const { kind, key, bytes } = fieldPlace(field);
  const [first = ''] = values;
  const negated = operator.startsWith('is not');
  if (kind === 'list') {
    const regex = operator === 'contains' ? listContaining(first) : listHolding(values);
    return `${key}${negated ? '!~' : '=~'}${logqlString(regex)}`;
  }
  const stored = values.map((value) => attributeText(value, bytes));
  if (operator === 'contains') return `${key}=~${logqlString(containing(attributeText(first, bytes)))}`;
  return kind === 'ip' ? ipCondition(key, stored, negated) : plainCondition(kind, key, stored, negated);
}

// One person's entries lie in one bucket of streams: Loki need not read the other fifteen. The bucket is taken of the
// uncut e-mail, as toAttributes takes it.
export function bucketConditions(filters: readonly Filter[]): string[] {
  return filters
    .filter(({ field, operator }) => field === 'email' && (operator === 'is' || operator === 'is any of'))
    .map(({ values }) => `${BUCKET}=~${logqlString([...new Set(values.map(actorKeyBucket))].join('|'))}`);
}

/** What the search looks into, beside the description. */
const SEARCHED_FIELDS = ['email', 'ip', 'endpoint', 'operation', 'id', 'errorMessage'] as const satisfies FilterField[];

const DESCRIPTION = 'audit_description';

// For an expression that is a plain word, Loki lowers letters one by one, and misses the capitals whose bytes begin with
// another one, as in "Роман". It does not for an expression that is more than a word.
const ASCII = /^[\x00-\x7f]*$/;
const inLine = (text: string) => `(?i)${jsonRegexText(text)}${ASCII.test(text) ? '' : '.?'}`;

/**
 * The stages of a search: a substring in any case. Reading a description out of the JSON is dear, so the raw line is asked
 * first: a text that is not in the line is in none of its fields.
 */
export function searchStages(search: string): string[] {
  const text = search.toWellFormed();
  const keys = [DESCRIPTION, ...SEARCHED_FIELDS.map((field) => fieldPlace(field).key)];
  const regex = logqlString(containing(text));
  return [
    `|~ ${logqlString(inLine(text))}`,
    `| json ${DESCRIPTION}="description"`,
    `| ${keys.map((key) => `${key}=~${regex}`).join(' or ')}`,
    // A line that is no JSON has no description, and counting would fail for it.
    '| drop __error__, __error_details__',
  ];
}
