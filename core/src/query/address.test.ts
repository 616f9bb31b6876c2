import { addCondition, operatorOf, parameterField, parameterName, signOf } from './address.ts';
import { FILTER_FIELDS, FILTER_OPERATORS, type Filter, type FilterOperator } from './filters.ts';

test('each field has a parameter, and each operator a sign', () => {
  for (const field of FILTER_FIELDS) expect(parameterField(parameterName(field))).toBe(field);
  expect(parameterName('email')).toBe('user');
  expect(parameterField('color')).toBeUndefined();
  for (const operator of FILTER_OPERATORS) {
    expect(operatorOf(signOf(operator), operator.endsWith('any of') ? 2 : 1)).toBe(operator);
  }
});

const action = (operator: FilterOperator, ...values: string[]): Filter => ({ field: 'action', operator, values });

test.each<[string, Filter[], Filter, Filter[]]>([
  ['values of one sign', [action('is', 'a')], action('is', 'b'), [action('is any of', 'a', 'b')]],
  ['the same value', [action('is not', 'a')], action('is not', 'a'), [action('is not', 'a')]],
  ['another sign', [action('is', 'a')], action('is not', 'b'), [action('is', 'a'), action('is not', 'b')]],
  ['two texts', [action('contains', 'a')], action('contains', 'b'), [action('contains', 'a'), action('contains', 'b')]],
  ['the same text', [action('contains', 'a')], action('contains', 'a'), [action('contains', 'a')]],
])('adds %s', (_, filters, added, expected) => expect(addCondition(filters, added)).toEqual(expected));
