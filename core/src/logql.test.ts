import fc from 'fast-check';
import { actorKeyBucket } from './actor-bucket.ts';
import type { Filter } from './filters.ts';
import { countQuery, entriesQuery, instantOf, linesQuery, logqlString, regexText, valuesQuery } from './logql.ts';

const filter = (field: Filter['field'], operator: Filter['operator'], ...values: string[]): Filter => ({
  field,
  operator,
  values,
});

test.each([
  ['nothing', {}, '{audit_channel=~".+"}'],
  ['a label', { filters: [filter('outcome', 'is', 'failure')] }, '{audit_channel=~".+", audit_outcome="failure"}'],
  [
    'metadata',
    { filters: [filter('action', 'is not', 'user.login')] },
    '{audit_channel=~".+"} | audit_action!="user.login"',
  ],
  [
    'several',
    { filters: [filter('action', 'is any of', 'a.b', 'c+')] },
    '{audit_channel=~".+"} | audit_action=~"a\\\\.b|c\\\\+"',
  ],
  [
    'none of',
    { filters: [filter('ip', 'is not any of', '1.2.3.4', '::1')] },
    '{audit_channel=~".+"} | client_address!~"1\\\\.2\\\\.3\\\\.4|::1"',
  ],
  ['contains', { filters: [filter('email', 'contains', '@ex')] }, '{audit_channel=~".+"} | user_email=~"(?is).*@ex.*"'],
  [
    'a group',
    { filters: [filter('group', 'is', 'a"b')] },
    '{audit_channel=~".+"} | audit_actor_group=~"(?s).*(\\"a\\\\\\\\\\"b\\").*"',
  ],
  ['a scope', { filters: [filter('scope.project', 'is', 'x')] }, '{audit_channel=~".+"} | audit_scope_project="x"'],
  [
    'a person, by bucket',
    { filters: [filter('email', 'is', 'ada@example.com')] },
    `{audit_channel=~".+", audit_actor_bucket=~"${actorKeyBucket('ada@example.com')}"} | user_email="ada@example.com"`,
  ],
  [
    'a search',
    { search: 'say "hi"' },
    '{audit_channel=~".+"} |~ "(?i)say \\\\\\\\\\"hi\\\\\\\\\\"" | json description="description" | description=~"(?is).*say \\"hi\\".*"',
  ],
])('%s', (_, query, expected) => {
  expect(entriesQuery(query)).toBe(expected);
});

test.each([
  ['an unknown field', filter('colour' as never, 'is', 'red')],
  ['a field by way of the prototype', filter('constructor' as never, 'is', 'x')],
  ['an unknown operator', filter('action', 'like' as never, 'x')],
  ['no value', filter('action', 'is')],
  ['two values for one', filter('action', 'is', 'a', 'b')],
  ['a scope with a brace', filter('scope.a}', 'is', 'x')],
])('refuses %s', (_, bad) => {
  expect(() => entriesQuery({ filters: [bad] })).toThrow(expect.objectContaining({ code: 'INVALID_FILTER' }));
});

test('whatever the text, the string ends where it should', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      const quoted = logqlString(text);
      expect(quoted).toMatch(/^"(?:[^"\\\n]|\\.)*"$/);
      expect(JSON.parse(quoted)).toBe(text.toWellFormed());
    }),
  );
});

test('a text as a regular expression matches itself alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, other) => {
      const regex = new RegExp(`^(?:${regexText(text)})$`, 'u');
      expect(regex.test(text)).toBe(true);
      expect(regex.test(other)).toBe(text === other);
    }),
  );
});

test('counting covers exactly the range', () => {
  const range = { start: 1_000_000n, end: 4_000_000n };
  expect(countQuery({}, range)).toBe('sum(count_over_time({audit_channel=~".+"} [3ms]))');
  expect(instantOf(range)).toBe(3_999_999n);
  expect(valuesQuery('action', {}, range, 5)).toBe(
    'topk(5, sum by (audit_action) (count_over_time({audit_channel=~".+"} | audit_action!="" [3ms])))',
  );
  expect(linesQuery({})).toBe('{audit_channel=~".+"} | keep audit_channel');
});
