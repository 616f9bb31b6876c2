import { ATTRIBUTES, lokiName } from '@auditrail/core';
import { ACTOR_FIELDS, type Key, type Pattern, type Selection, type SilencePattern } from '@auditrail/core/detections';
import { fieldStorage, type FilterField } from '@auditrail/core/query';
import { columnOfKey } from '../days/columns.ts';
import { sqlName } from '../days/duck.ts';
import { entryCondition, valueSql } from '../days/sql-condition.ts';

const columnOf = (attribute: string) => sqlName(columnOfKey(lokiName(attribute)) ?? attribute);
const firstOf = (column: string) => `nullif(json_extract_string(${column}, '$[0]'), '')`;

/** The value of a field in SQL, as an event of a pattern has it: of several values, the first one. */
export function fieldSql(field: FilterField): string {
  if (field === 'onBehalfOf') {
    const lists = [ATTRIBUTES.onBehalfOfEmails, ATTRIBUTES.onBehalfOfIds, ATTRIBUTES.onBehalfOfNames];
    return `coalesce(${lists.map((attribute) => firstOf(columnOf(attribute))).join(', ')})`;
  }
  if (field === 'record') return `coalesce(${columnOf(ATTRIBUTES.targetId)}, ${columnOf(ATTRIBUTES.targetName)})`;
  const value = valueSql(field);
  return fieldStorage(field).kind === 'list' ? firstOf(value) : value;
}

/** The entries that meet the filters of a selection, and those that also have its fields. A pattern's own check follows. */
export function selectionSql({ filters, present = [], absent = [] }: Selection): { filters: string; all: string } {
  const condition = entryCondition({ filters });
  const fields = [
    ...present.map((field) => `${fieldSql(field)} IS NOT NULL`),
    ...absent.map((field) => `${fieldSql(field)} IS NULL`),
  ];
  return { filters: condition, all: [condition, ...fields].join(' AND ') };
}

/** What a selection is for: `except` shows that entries are harmless, and is not required. */
export type SelectionUse = 'entries' | 'or' | 'except' | 'first' | 'last';

/** The selections of a pattern. */
export function selectionsOf(pattern: Pattern): { use: SelectionUse; selection: Selection }[] {
  if (pattern.kind === 'sequence') {
    return [
      { use: 'first', selection: pattern.first },
      { use: 'last', selection: pattern.last },
    ];
  }
  return [
    { use: 'entries', selection: pattern.select },
    ...(pattern.kind === 'count' && pattern.or ? [{ use: 'or' as const, selection: pattern.or.select }] : []),
    ...(pattern.kind !== 'silence' && pattern.except
      ? [{ use: 'except' as const, selection: pattern.except.successes }]
      : []),
  ];
}

/** A number in SQL that is the same for entries of one group of these keys. */
export function groupSql(keys: readonly Key[]): string {
  if (keys.length === 0) return '0';
  const actor = `coalesce(${ACTOR_FIELDS.map(fieldSql).join(', ')})`;
  return `hash(${keys.map((key) => (key === 'actor' ? actor : fieldSql(key))).join(', ')})`;
}

/** A condition without which a group of entries cannot meet a pattern: so many of these in a window. */
export interface Necessary {
  keys: readonly Key[];
  atLeast: number;
  uses: readonly SelectionUse[];
  /** Different values of it, instead of entries. */
  of?: Key;
}

export function necessaryOf(pattern: Exclude<Pattern, SilencePattern>): Necessary[] {
  if (pattern.kind === 'sequence') {
    return pattern.ways.map(({ same, atLeast, of }) => ({
      ...{ keys: same, atLeast, uses: ['first'] },
      ...(of !== undefined && { of }),
    }));
  }
  const { by: keys, atLeast } = pattern;
  if (pattern.kind === 'distinct') {
    return [{ keys, atLeast, of: pattern.of, uses: ['entries'] }];
  }
  return [
    { keys, atLeast, uses: ['entries'] },
    ...(pattern.or ? [{ keys, atLeast: pattern.or.atLeast, uses: ['or'] as const }] : []),
  ];
}
