import fc from 'fast-check';
import { entriesQuery, type Filter } from '@auditrail/core/query';
import { anyFilters, anyParameter, anyText } from '../testing/any-filters.ts';
import { toTimeRange } from './view-range.ts';
import {
  DEFAULT_VIEW,
  isFiltered,
  parseView,
  printView,
  TABS,
  toQuery,
  viewSearch,
  VIEW_LIMITS,
  type View,
} from './view.ts';

const parse = (text: string) => parseView(new URLSearchParams(text));

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
  .record({ range, search: fc.option(anyText), tab: fc.constantFrom(...TABS), filters: anyFilters })
  .map(({ range: { from, to }, search, tab, filters }) => ({ from, to, search: search ?? '', tab, filters }));

test('every view survives its address', () => {
  fc.assert(
    fc.property(view, (given) => {
      expect(parse(printView(given).toString())).toEqual({ view: given, problems: [], doubts: [] });
    }),
  );
});

test('no address throws, and each results in a valid view', () => {
  const name = fc.oneof(fc.constantFrom('from', 'to', 'q', 'tab', 'else'), anyParameter);
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

test('the default is today, unfiltered, without parameters', () => {
  expect(parse('')).toEqual({ view: DEFAULT_VIEW, problems: [], doubts: [] });
  expect(DEFAULT_VIEW).toMatchObject({ from: 'now/d', to: 'now' });
  expect(printView(DEFAULT_VIEW).toString()).toBe('');
});

test('parameters are readable', () => {
  const given: View = {
    ...DEFAULT_VIEW,
    from: 'now-1h',
    search: 'signed in',
    tab: 'tasks',
    filters: [
      { field: 'action', operator: 'is any of', values: ['user.login', 'a&b'] },
      { field: 'email', operator: 'is not', values: ['ada@example.com'] },
      { field: 'ip', operator: 'is', values: ['10.0.0.0/8'] },
      { field: 'endpoint', operator: 'contains', values: ['/users'] },
    ],
  };
  expect(viewSearch(given)).toBe(
    '?from=now-1h&to=now&tab=tasks&q=signed+in&action=user.login&action=a%26b&user!=ada@example.com&ip=10.0.0.0/8&endpoint~=/users',
  );
  expect(parse(viewSearch(given))).toEqual({ view: given, problems: [], doubts: [] });
});

test.each([
  ['from=yesterday&to=now&q=a', /"from" is not a time: yesterday/],
  ['from=2026-13-41T00:00:00Z&to=now&q=a', /"from" is not a time/],
  ['from=now&to=now-1h&q=a', /ends before it begins/],
  ['tab=<cron>&q=a', /There is no tab "<cron>"/],
])('an invalid part is reported and the rest is used: %s', (url, problem) => {
  const { view: parsed, problems } = parse(url);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
  expect(parsed).toMatchObject({ ...DEFAULT_VIEW, search: 'a' });
});

test('a search that is too long is left out and reported', () => {
  const parsed = parse(`q=${'x'.repeat(VIEW_LIMITS.searchChars + 1)}`);
  expect(parsed.view.search).toBe('');
  expect(parsed.problems).toHaveLength(1);
});

test('epoch milliseconds, as in Grafana links, are times', () => {
  expect(parse('from=1763705899123&to=1763705999123').view).toMatchObject({ from: '2025-11-21T06:18:19.123Z' });
});

describe('as a query', () => {
  const ada: Filter = { field: 'email', operator: 'is', values: ['ada@example.com'] };
  const failed: Filter = { field: 'outcome', operator: 'is', values: ['failure'] };
  const given: View = { ...DEFAULT_VIEW, search: 'Ada', tab: 'tasks', filters: [ada, failed] };
  const ofTab = { field: 'category', operator: 'is', values: ['task'] };

  test('each filter is a condition, and so is the tab', () => {
    expect(toQuery(given)).toEqual({ search: 'Ada', filters: [ofTab, ada, failed] });
  });

  test('without a filter, to offer its other values', () => {
    expect(toQuery(given, ada).filters).toEqual([ofTab, failed]);
  });

  test('typed text cannot leave its string', () => {
    const odd = '") | line_format "x\\';
    const query = entriesQuery(
      toQuery({
        ...DEFAULT_VIEW,
        search: odd,
        filters: [
          { field: 'action', operator: 'is any of', values: [odd, 'x'] },
          { field: 'channel', operator: 'is', values: [odd] },
        ],
      }),
    );
    // Outside of strings, there is only the query itself.
    expect(query.replace(/"(\\.|[^"\\])*"/g, '""')).toBe(
      '{audit_channel=~"", audit_channel=""} | audit_action=~"" |~ "" | json audit_description="" | audit_description=~""' +
        ' or user_email=~"" or client_address=~"" or url_path=~"" or audit_operation=~"" or audit_record_id=~"" or error_message=~""' +
        ' | drop __error__, __error_details__',
    );
  });

  test('a view is filtered by search or by any filter', () => {
    expect(isFiltered(DEFAULT_VIEW)).toBe(false);
    expect(isFiltered({ ...DEFAULT_VIEW, search: 'a' })).toBe(true);
    expect(isFiltered({ ...DEFAULT_VIEW, filters: [{ field: 'ip', operator: 'is', values: ['::1'] }] })).toBe(true);
  });
});

test("a link from a dashboard's chart shows the time around the bar", () => {
  const { view: shown, problems } = parse('?from=1763700000000&to=1763721600000&at=1763710800000&outcome=failure');
  // 6 hours have 80 bars of 4.5 minutes.
  expect(shown).toMatchObject({ from: '2025-11-21T07:31:00.000Z', to: '2025-11-21T07:44:30.000Z' });
  expect(shown.filters).toHaveLength(1);
  expect(problems).toEqual([]);
  expect(parse('?from=now-6h&to=now&at=noon').problems).toEqual(['"at" is not a time: noon']);
});
