import {
  fieldOperators,
  isFilterField,
  isFilterValue,
  type EntryQuery,
  type Filter,
  type FilterField,
  type FilterOperator,
} from '@auditrail/core/query';
import { UsageError } from '../terminal/usage-error.ts';

const CONDITION = /^([A-Za-z][\w.]*)([!~]?)=(.*)$/s;
// The page's URL has core's names, but for the e-mail, which is who acted; q is the search.
const fieldOf = (name: string): FilterField | undefined =>
  name === 'user' ? 'email' : isFilterField(name) ? name : undefined;

function operatorOf(sign: string, values: readonly string[]): FilterOperator {
  if (sign === '~') return 'contains';
  if (sign === '!') return values.length > 1 ? 'is not any of' : 'is not';
  return values.length > 1 ? 'is any of' : 'is';
}

function checked(filter: Filter, name: string): Filter {
  if (!fieldOperators(filter.field).includes(filter.operator)) {
    throw new UsageError(`${name} cannot be filtered by "${filter.operator}"`);
  }
  const bad = filter.values.find((value) => !isFilterValue(filter.field, filter.operator, value));
  if (bad !== undefined) throw new UsageError(`"${bad}" is no value of ${name}`);
  return filter;
}

/**
 * The query of conditions as the page's URL has them, each taken literally (nothing is percent-encoded): `=` is, `!=` is not,
 * `~=` contains, `q=` searches. Values of one field and sign belong together: any of them, or none of them.
 *
 * @throws UsageError
 * @example parseWhere(['action=user.login', 'action=user.logout', 'outcome!=success', 'endpoint~=/users', 'q=Ada'])
 */
export function parseWhere(conditions: readonly string[]): EntryQuery {
  const filters: Filter[] = [];
  const searches: string[] = [];
  for (const condition of conditions) {
    const [, name = '', sign = '', value = ''] = CONDITION.exec(condition) ?? [];
    if (name === '')
      throw new UsageError(`${condition} is no condition: give FIELD=VALUE, FIELD!=VALUE or FIELD~=VALUE`);
    if (name === 'q' && sign === '') {
      searches.push(value);
      continue;
    }
    const field = fieldOf(name);
    if (field === undefined) throw new UsageError(`there is no filter "${name}"`);
    const known = filters.find(
      (filter) => filter.field === field && operatorOf(sign, filter.values) === filter.operator,
    );
    const values = known && sign !== '~' ? [...new Set([...known.values, value])] : [value];
    const filter = checked({ field, operator: operatorOf(sign, values), values }, name);
    if (known && sign !== '~') filters[filters.indexOf(known)] = filter;
    else filters.push(filter);
  }
  if (searches.length > 1) throw new UsageError('q= can be given once');
  const [search] = searches;
  return { ...(filters.length > 0 && { filters }), ...(search && { search }) };
}
