import fc from 'fast-check';
import { fieldOperators, fieldStorage, FILTER_FIELDS, type Filter, type FilterField } from '@auditrail/core/query';
import { tidyFilters } from '../state/view-filters.ts';

/** For tests: any text that an address can contain. */
export const anyText = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((value) => value.isWellFormed());

const anyField: fc.Arbitrary<FilterField> = fc.constantFrom(...FILTER_FIELDS, 'scope.project', 'scope.a_1');

function filterOf(field: FilterField): fc.Arbitrary<Filter> {
  const words = fieldStorage(field).values;
  const networks = fc.constantFrom('10.0.0.0/8', '2001:db8::/32', '::1', '10.2.3.4');
  const value = words ? fc.constantFrom(...words) : field === 'ip' ? networks : anyText;
  return fc.record({
    field: fc.constant(field),
    operator: fc.constantFrom(...fieldOperators(field)),
    values: fc.uniqueArray(value, { minLength: 1, maxLength: 4 }),
  });
}

/** For tests: the filters of a view. */
export const anyFilters: fc.Arbitrary<Filter[]> = fc
  .array(anyField.chain(filterOf), { maxLength: 6 })
  .map((filters) => tidyFilters(filters).slice(0, 20))
  .map(tidyFilters);

/** For tests: the name of a filter in an address, or a similar one. */
export const anyParameter = fc
  .tuple(
    fc.oneof(anyField, fc.constantFrom('user', 'scope.A', '__proto__', 'constructor')),
    fc.constantFrom('', '!', '~'),
  )
  .map(([field, sign]) => field + sign);
