import {
  addCondition,
  filterProblem,
  operatorOf,
  parameterField,
  parameterName,
  type EntryQuery,
  type Filter,
  type Sign,
} from '@auditrail/core/query';
import { UsageError } from '../terminal/usage-error.ts';

const CONDITION = /^([A-Za-z][\w.]*)([!~]?)=(.*)$/s;

/**
 * The query of conditions as in the page's URL, each taken literally (nothing is percent-encoded): `=` is, `!=` is not,
 * `~=` contains, `q=` searches. Values of one field and sign belong together: any of them, or none of them.
 *
 * @throws UsageError
 * @example parseWhere(['action=user.login', 'action=user.logout', 'outcome!=success', 'endpoint~=/users', 'q=Ada'])
 */
export function parseWhere(conditions: readonly string[]): EntryQuery {
  let filters: Filter[] = [];
  let search: string | undefined;
  for (const condition of conditions) {
    const [, name = '', sign = '', value = ''] = CONDITION.exec(condition) ?? [];
    if (name === '') {
      throw new UsageError(`${condition} is not a condition: give FIELD=VALUE, FIELD!=VALUE or FIELD~=VALUE`);
    }
    if (name === 'q' && sign === '') {
      if (search !== undefined) throw new UsageError('q= can be given once');
      search = value;
      continue;
    }
    const field = parameterField(name);
    if (field === undefined) throw new UsageError(`there is no filter "${name}"`);
    filters = addCondition(filters, { field, operator: operatorOf(sign as Sign, 1), values: [value] });
  }
  for (const filter of filters) {
    const problem = filterProblem(filter, parameterName(filter.field));
    if (problem) throw new UsageError(problem.message);
  }
  return { ...(filters.length > 0 && { filters }), ...(search && { search }) };
}
