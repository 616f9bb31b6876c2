import fc from 'fast-check';
import { entriesQuery } from '@auditrail/core';
import { dateTime } from '@grafana/data';
import {
  CLOCK_GRACE_MS,
  DEFAULT_VIEW,
  FILTER_NAMES,
  fromPickerRange,
  isFiltered,
  NO_FILTERS,
  parseView,
  printView,
  toPickerRange,
  toQuery,
  toReadRange,
  toTimeRange,
  VIEW_LIMITS,
  type View,
} from './view.ts';

const parse = (text: string) => parseView(new URLSearchParams(text));

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((value) => value.isWellFormed());
const values = fc.uniqueArray(text, { maxLength: 5 });
const range = fc.oneof(
  fc.constantFrom(
    { from: 'now/d', to: 'now' },
    { from: 'now-1h', to: 'now' },
    { from: 'now-1d/d', to: 'now-1d/d' },
    { from: 'now-7d', to: 'now-1h' },
  ),
  fc
    .tuple(fc.integer({ min: 1e12, max: 2e12 }), fc.integer({ min: 1, max: 1e10 }))
    .map(([from, length]) => ({ from: new Date(from).toISOString(), to: new Date(from + length).toISOString() })),
);
const view: fc.Arbitrary<View> = fc
  .tuple(range, fc.option(text), values, values, values, values, fc.uniqueArray(fc.constantFrom('success', 'failure')))
  .map(([{ from, to }, search, action, user, channel, ip, outcome]) => {
    return { from, to, search: search ?? '', filters: { action, user, channel, ip, outcome } };
  });

test('any view comes back from its URL', () => {
  fc.assert(
    fc.property(view, (given) => {
      expect(parse(printView(given).toString())).toEqual({ view: given, problems: [] });
    }),
  );
});

test('no URL throws, and what it gives is a view that can be asked', () => {
  const name = fc.constantFrom('from', 'to', 'q', ...FILTER_NAMES, 'else');
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('now', 'now+', '99999999999999', '-1', 'NaN'),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
      const { view: parsed } = parseView(new URLSearchParams(pairs));
      const { start, end } = toTimeRange(parsed);
      expect(start < end).toBe(true);
      expect(entriesQuery(toQuery(parsed))).toMatch(/^\{audit_channel=~"\.\+"/);
      expect(parse(printView(parsed).toString()).view).toEqual(parsed);
    }),
  );
});

test('the default is today, unfiltered, and needs no parameters', () => {
  expect(parse('')).toEqual({ view: DEFAULT_VIEW, problems: [] });
  expect(DEFAULT_VIEW).toMatchObject({ from: 'now/d', to: 'now' });
  expect(printView(DEFAULT_VIEW).toString()).toBe('');
});

test('parameters are readable', () => {
  const given: View = {
    ...DEFAULT_VIEW,
    from: 'now-1h',
    search: 'signed in',
    filters: { ...NO_FILTERS, action: ['user.login', 'a&b'] },
  };
  expect(printView(given).toString()).toBe('from=now-1h&to=now&q=signed+in&action=user.login&action=a%26b');
});

test.each([
  ['from=yesterday&to=now&q=a', /"from" is not a time: yesterday/],
  ['from=2026-13-41T00:00:00Z&to=now&q=a', /"from" is not a time/],
  ['from=now&to=now-1h&q=a', /ends before it begins/],
  ['outcome=maybe&q=a', /an outcome is/],
])('a bad URL is told and the rest holds: %s', (url, problem) => {
  const { view: parsed, problems } = parse(url);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
  expect(parsed).toMatchObject({ ...DEFAULT_VIEW, search: 'a' });
});

test('too much of a URL is left out and told', () => {
  const many = Array.from({ length: VIEW_LIMITS.values + 1 }, (_, i) => `ip=10.0.0.${i}`).join('&');
  const parsed = parse(`${many}&q=${'x'.repeat(VIEW_LIMITS.searchChars + 1)}`);
  expect(parsed.view.filters.ip).toHaveLength(VIEW_LIMITS.values);
  expect(parsed.view.search).toBe('');
  expect(parsed.problems).toHaveLength(2);
});

test('epoch milliseconds, as in Grafana links, are times', () => {
  expect(parse('from=1763705899123&to=1763705999123').view).toMatchObject({ from: '2025-11-21T06:18:19.123Z' });
});

describe('as a query', () => {
  const given: View = {
    ...DEFAULT_VIEW,
    search: 'Ada',
    filters: { ...NO_FILTERS, user: ['ada@example.com'], outcome: ['failure'] },
  };

  test('each filter is a condition on its field', () => {
    expect(toQuery(given)).toEqual({
      search: 'Ada',
      filters: [
        { field: 'email', operator: 'is any of', values: ['ada@example.com'] },
        { field: 'outcome', operator: 'is any of', values: ['failure'] },
      ],
    });
  });

  test('without a filter, to offer its other values', () => {
    expect(toQuery(given, 'user').filters).toEqual([{ field: 'outcome', operator: 'is any of', values: ['failure'] }]);
  });

  test('what people type cannot leave its string', () => {
    const odd = '") | line_format "x\\';
    const query = entriesQuery(
      toQuery({ ...DEFAULT_VIEW, search: odd, filters: { ...NO_FILTERS, action: [odd], channel: [odd] } }),
    );
    // Outside of strings nothing stands but the query's own words.
    expect(query.replace(/"(\\.|[^"\\])*"/g, '""')).toBe(
      '{audit_channel=~"", audit_channel=~""} | audit_action=~"" |~ "" | json description="" | description=~""',
    );
  });

  test('a view is filtered by search or by any filter', () => {
    expect(isFiltered(DEFAULT_VIEW)).toBe(false);
    expect(isFiltered({ ...DEFAULT_VIEW, search: 'a' })).toBe(true);
    expect(isFiltered({ ...DEFAULT_VIEW, filters: { ...NO_FILTERS, ip: ['::1'] } })).toBe(true);
  });
});

describe('as a span of time', () => {
  const fixed = { from: '2026-11-21T00:00:00.000Z', to: '2026-11-21T00:00:01.000Z' };
  beforeEach(() => jest.useFakeTimers({ now: Date.parse('2026-11-21T06:18:19.123Z') }));
  afterEach(() => jest.useRealTimers());

  test('both ends belong to it', () => {
    expect(toTimeRange(fixed)).toEqual({ start: 1795219200000000000n, end: 1795219201001000000n });
    expect(toReadRange(fixed)).toEqual(toTimeRange(fixed));
  });

  test('today begins at midnight UTC, and is read past now for clocks that run ahead', () => {
    const now = 1795241899123n;
    expect(toTimeRange(DEFAULT_VIEW)).toEqual({ start: 1795219200000000000n, end: (now + 1n) * 1_000_000n });
    expect(toReadRange(DEFAULT_VIEW).end).toBe((now + 1n + BigInt(CLOCK_GRACE_MS)) * 1_000_000n);
  });

  test('the picker gives back what it was given', () => {
    for (const bounds of [fixed, { from: 'now-1d/d', to: 'now-1d/d' }]) {
      expect(fromPickerRange(toPickerRange(bounds))).toEqual(bounds);
    }
  });

  test('times that the page cannot keep become absolute', () => {
    const [from, to] = [dateTime('2026-11-20T00:00:00Z').utc(), dateTime('2026-11-21T00:00:00Z').utc()];
    expect(fromPickerRange({ from, to, raw: { from: 'now-1fQ', to: 'now' } })).toEqual({
      from: '2026-11-20T00:00:00.000Z',
      to: 'now',
    });
  });
});
