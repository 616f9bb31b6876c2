import { isFilterField, type Filter, type FilterField, type FilterOperator } from './filters.ts';

// A parameter has the name of its field, except for the e-mail: it identifies the user.
const USER = 'user';

/** The name of a field in the page's address and on the command line. */
export const parameterName = (field: FilterField): string => (field === 'email' ? USER : field);

/** The field of a parameter, or `undefined` if no field has this name. */
export const parameterField = (name: string): FilterField | undefined =>
  name === USER ? 'email' : isFilterField(name) ? name : undefined;

/** The character before the `=` of a condition: nothing (is), `!` (is not) or `~` (contains). */
export type Sign = '' | '!' | '~';

export const signOf = (operator: FilterOperator): Sign =>
  operator === 'contains' ? '~' : operator.startsWith('is not') ? '!' : '';

/** The operator of a condition with this sign and number of values. */
export function operatorOf(sign: Sign, count: number): FilterOperator {
  if (sign === '~') return 'contains';
  if (sign === '!') return count > 1 ? 'is not any of' : 'is not';
  return count > 1 ? 'is any of' : 'is';
}

/** Whether the values of two filters belong to one condition. Two `contains` of one field are two conditions. */
export const isSameCondition = (a: Filter, b: Filter): boolean =>
  a.field === b.field && signOf(a.operator) === signOf(b.operator) && a.operator !== 'contains';

const isEqual = (a: Filter, b: Filter) =>
  a.field === b.field && a.operator === b.operator && a.values.join('\0') === b.values.join('\0');

/**
 * Adds a filter: its values become part of the condition with the same field and sign.
 *
 * @example addCondition([is('action', 'user.login')], is('action', 'user.logout')) // one filter: is any of the two
 */
export function addCondition(filters: readonly Filter[], added: Filter): Filter[] {
  const known = filters.find((filter) => isSameCondition(filter, added));
  if (!known) return filters.some((filter) => isEqual(filter, added)) ? [...filters] : [...filters, added];
  const values = [...new Set([...known.values, ...added.values])];
  const joined = { ...known, values, operator: operatorOf(signOf(known.operator), values.length) };
  return filters.map((filter) => (filter === known ? joined : filter));
}
