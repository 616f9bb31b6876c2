import {
  fieldStorage,
  FILTER_FIELDS,
  ipValueKind,
  overlookedBy,
  SEARCHED_FIELDS,
  type EntryQuery,
  type FilterField,
} from '@auditrail/core/query';
import { attributeText, normalEmail } from '@auditrail/core';
import { columnOfKey } from './columns.ts';
import { sqlName, sqlText, type Duck } from './duck.ts';
import { ipKeyRange } from './ip-key.ts';
import { valueHashSql } from './token-hash.ts';
import { gramTokens, TokenIndexWriter, valueToken, type Token, type TokenCondition } from './token-index.ts';

/** Column with the number of a row's group in its segment. */
export const GROUP = 'rowGroup';

const ID = 'id';
const IP_KEY = 'ipKey';
const VALUE_COLUMNS = [
  ...FILTER_FIELDS.map((field) => ({ kind: fieldStorage(field).kind, column: columnOfKey(fieldStorage(field).key) }))
    .filter(({ kind }) => ['metadata', 'label', 'email', 'ip'].includes(kind))
    .flatMap(({ column }) => column ?? []),
  IP_KEY,
];
const TEXT_COLUMNS: readonly string[] = ['description', ...SEARCHED_FIELDS.filter((field) => field !== ID)];

// Almost each row has another value.
const ALMOST_UNIQUE = new Set(['id', 'requestId', 'traceId', 'spanId', 'description'].map(sqlName));

// So many ids have as many pieces of text as all descriptions together: of these, only the whole is in the index.
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const IN_UUID = /^[0-9a-f-]*$/;

/** Writes the index of a segment whose columns are in `source`, in groups of `groupRows`. @returns its size in bytes */
export async function writeSegmentIndex(
  duck: Pick<Duck, 'columns'>,
  path: string,
  { source, rows, groupRows }: { source: string; rows: number; groupRows: number },
): Promise<number> {
  const writer = await TokenIndexWriter.create(path, { rows, groupRows });
  try {
    for await (const { first, last } of writer.parts()) {
      const from = (column: string, condition = 'true') =>
        `(SELECT ${ALMOST_UNIQUE.has(column) ? '' : 'DISTINCT '}${GROUP}, ${column} AS value FROM ${source} ` +
        `WHERE ${GROUP} BETWEEN ${first} AND ${last} AND ${column} IS NOT NULL AND ${condition})`;
      const addValues = async (column: string, values: string) => {
        for await (const [groups, hashes] of duck.columns(`SELECT ${GROUP}, ${valueHashSql('value')} FROM ${values}`)) {
          groups?.forEach((group, i) => writer.addValue(group as number, column, hashes?.[i] as number));
        }
      };
      const addTexts = async (values: string) => {
        for await (const [groups, texts] of duck.columns(`SELECT ${GROUP}, value FROM ${values}`)) {
          groups?.forEach((group, i) => writer.addText(group as number, texts?.[i] as string));
        }
      };
      for (const column of VALUE_COLUMNS) await addValues(column, from(sqlName(column)));
      await addValues(ID, from('lower(id)', 'lower(id) <> id'));
      for (const column of TEXT_COLUMNS) await addTexts(from(sqlName(column)));
      await addTexts(from('id', `NOT regexp_full_match(lower(id), ${sqlText(UUID.source)})`));
    }
    return await writer.end();
  } finally {
    await writer.close();
  }
}

/** More values than this are not looked up: most groups have one of them. */
const MAX_VALUES = 20;

/** What the tokens of the wanted rows of a query must be; none if it has no condition of this kind. */
export function tokenConditions({ filters = [], search }: Pick<EntryQuery, 'filters' | 'search'>): TokenCondition[] {
  const conditions: TokenCondition[] = [];
  for (const { field, operator, values } of filters) {
    if (operator.startsWith('is not') || values.length > MAX_VALUES) continue;
    const condition = operator === 'contains' ? partTokens(field, values[0] ?? '') : valueTokens(field, values);
    if (condition) conditions.push(condition);
  }
  const searched = search === undefined ? undefined : searchTokens(search);
  if (searched) conditions.push(searched);
  return conditions;
}

function valueTokens(field: FilterField, values: readonly string[]): TokenCondition | undefined {
  const { kind, key, bytes } = fieldStorage(field);
  const column = columnOfKey(key);
  if (column === undefined || !VALUE_COLUMNS.includes(column) || values.includes('')) return undefined;
  if (kind === 'ip')
    return values.some((value) => ipValueKind(value) === 'network') ? undefined : values.flatMap(ipTokens);
  const stored = values.map((value) => attributeText(value, bytes));
  return stored.map((value) => [valueToken(column, kind === 'email' ? normalEmail(value) : value)]);
}

function ipTokens(value: string): Token[][] {
  if (ipValueKind(value) === 'text') return [[valueToken('ip', value)]];
  return [
    [valueToken(IP_KEY, ipKeyRange(value)[0])],
    ...overlookedBy(value).map((address) => [valueToken('ip', address)]),
  ];
}

function partTokens(field: FilterField, value: string): TokenCondition | undefined {
  const { key, bytes } = fieldStorage(field);
  const column = columnOfKey(key);
  if (column === undefined || !TEXT_COLUMNS.includes(column)) return undefined;
  const tokens = gramTokens(attributeText(value, bytes).toWellFormed());
  return tokens.length === 0 ? undefined : [tokens];
}

function searchTokens(search: string): TokenCondition | undefined {
  const text = search.toWellFormed();
  const lower = text.toLowerCase();
  const grams = gramTokens(text);
  if (grams.length === 0) return undefined;
  if (!IN_UUID.test(lower)) return [grams];
  return UUID.test(lower) ? [grams, [valueToken(ID, lower)]] : undefined;
}
