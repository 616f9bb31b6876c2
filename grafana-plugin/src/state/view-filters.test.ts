import type { Filter } from '@auditrail/core/query';
import { addFilter, FILTER_LIMITS, isAddress, parseFilters, printFilters, tidyFilters } from './view-filters.ts';

const parse = (text: string) => parseFilters(new URLSearchParams(text));
const print = (filters: Filter[]) => {
  const params = new URLSearchParams();
  printFilters(filters, params);
  return params.toString();
};
const is = (field: Filter['field'], ...values: string[]): Filter => ({ field, operator: 'is', values });

test.each<[string, Filter[]]>([
  ['action=user.login', [is('action', 'user.login')]],
  ['action=a&ip=1.2.3.4&action=b', [{ ...is('action', 'a', 'b'), operator: 'is any of' }, is('ip', '1.2.3.4')]],
  ['user=ada@example.com', [is('email', 'ada@example.com')]],
  ['email=ada@example.com', [is('email', 'ada@example.com')]],
  ['ip!=10.0.0.0/8', [{ ...is('ip', '10.0.0.0/8'), operator: 'is not' }]],
  ['ip!=1.1.1.1&ip!=::1', [{ ...is('ip', '1.1.1.1', '::1'), operator: 'is not any of' }]],
  [
    'endpoint~=/users&endpoint~=/v3',
    [
      { field: 'endpoint', operator: 'contains', values: ['/users'] },
      { field: 'endpoint', operator: 'contains', values: ['/v3'] },
    ],
  ],
  ['action=a&action!=b', [is('action', 'a'), { ...is('action', 'b'), operator: 'is not' }]],
  ['scope.project=apollo', [is('scope.project', 'apollo')]],
  ['targetId=42&targetType=Hardware', [is('targetId', '42'), is('targetType', 'Hardware')]],
  // Links from templates can have empty values, and Grafana adds its own parameters.
  [
    'action=&ip=&orgId=1&kiosk&var-cluster=a&__feature.x=1&utm_source=mail&uel_pid=a&uel_epid=b&from=now-1h&tab=user&entry=x',
    [],
  ],
  [
    'var-service=shop&var-service=portal&var-channel=$__all',
    [{ ...is('service', 'shop', 'portal'), operator: 'is any of' }],
  ],
  ['channel=auth&var-channel=pii&var-service=shop', [is('channel', 'auth'), is('service', 'shop')]],
  ['var-user=ada@example.com&user!=bob@example.com', [{ ...is('email', 'bob@example.com'), operator: 'is not' }]],
  ['errorMessage~=password', [{ field: 'errorMessage', operator: 'contains', values: ['password'] }]],
  ['deviceId=laptop-7', [is('deviceId', 'laptop-7')]],
])('%s', (url, filters) => {
  expect(parse(url)).toEqual({ filters, problems: [], doubts: [] });
});

test.each([
  ['outcome=maybe', '"maybe" is not a value of "outcome"'],
  ['outcome~=fail', '"outcome" cannot be filtered by "contains"'],
  ['ip=10.0.0.0/33', '"10.0.0.0/33" is not a network such as 10.0.0.0/8 or 2001:db8::/32'],
  ['colour!=red', 'There is no filter "colour"'],
  ['foo=bar', 'There is no filter "foo"'],
  ['constructor=x', 'There is no filter "constructor"'],
  ['from!=now', 'There is no filter "from"'],
  ['scope.A}=x', 'There is no filter "scope.A}"'],
  ['targetId=42', '"targetId" requires a filter "targetType"'],
  [`action=${'x'.repeat(FILTER_LIMITS.valueBytes + 1)}`, 'A value of "action" is longer than 1024 bytes'],
])('an invalid part is left out and reported: %s', (url, problem) => {
  expect(parse(`${url}&event=login`)).toEqual({
    ...{ filters: [is('event', 'login')], problems: [problem], doubts: [] },
  });
});

test.each(['999.1.1.1', '10.0.0.256'])('%s is used, because an entry can contain it, with a hint', (ip) => {
  expect(parse(`ip=${ip}`)).toEqual({
    ...{ filters: [is('ip', ip)], problems: [], doubts: [`"${ip}" is not an IP address`] },
  });
});

test.each(['ip=10.0.0.1', 'ip=::1', 'ip=10.0.0.0/8', 'ip~=999', 'ip=unknown', 'action=999.1.1.1'])(
  '%s has no hint',
  (url) => expect(parse(url)).toMatchObject({ problems: [], doubts: [] }),
);

test.each<[string, boolean]>([
  ...(['10.2.3.4', '::1', '2001:db8::/32', '10.0.0.0/8'] as const).map((text): [string, boolean] => [text, true]),
  ...(['10.2.3', '999.1.1.1', 'unknown', ''] as const).map((text): [string, boolean] => [text, false]),
])('%p is a complete address: %p', (text, is) => expect(isAddress(text)).toBe(is));

test('excess filters of an address are left out and reported once', () => {
  const ips = Array.from({ length: FILTER_LIMITS.values + 9 }, (_, i) => `ip=10.0.0.${i}`);
  expect(parse(ips.join('&'))).toMatchObject({
    filters: [{ values: { length: FILTER_LIMITS.values } }],
    problems: ['More than 50 values of "ip"'],
  });
  const many = Array.from({ length: FILTER_LIMITS.filters + 9 }, (_, i) => `endpoint~=/${i}`);
  expect(parse(many.join('&'))).toMatchObject({
    filters: { length: FILTER_LIMITS.filters },
    problems: ['There are too many filters for one query'],
  });
  const long = Array.from({ length: 20 }, (_, i) => `endpoint=${i}${'x'.repeat(1_000)}`);
  expect(parse(long.join('&')).filters[0]?.values).toHaveLength(7);
});

test('a filter replaces one with the same field and sign', () => {
  const filters = [is('action', 'a'), is('ip', '::1')];
  expect(print(addFilter(filters, { ...is('action', 'b', 'c'), operator: 'is any of' }))).toBe(
    'action=b&action=c&ip=%3A%3A1',
  );
  expect(print(addFilter(filters, { ...is('action', 'b'), operator: 'is not' }))).toBe(
    'action=a&ip=%3A%3A1&action%21=b',
  );
  expect(addFilter(filters, is('action'))).toEqual([is('ip', '::1')]);
});

test('a filter that requires another is removed with it', () => {
  const filters = [is('targetType', 'Hardware'), is('targetId', '42'), is('action', 'a')];
  expect(tidyFilters(filters)).toEqual(filters);
  expect(addFilter(filters, is('targetType'))).toEqual([is('action', 'a')]);
});
