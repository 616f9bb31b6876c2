import fc from 'fast-check';
import { actorKeyBucket } from '../entry/actor-bucket.ts';
import type { Filter } from './filters.ts';
import { anyText } from '../testing/entries.ts';
import { LIMITS } from '../limits.ts';
import { countQuery, entriesQuery, instantOf, linesQuery, streamParts, valuesQuery } from './logql.ts';
import { jsonRegexText, logqlString, regexText } from './logql-text.ts';

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
    '{audit_channel=~".+"} | audit_action=~"^(?:a\\\\.b|c\\\\+)"',
  ],
  [
    'none of',
    { filters: [filter('endpoint', 'is not any of', '/a.b', '/c')] },
    '{audit_channel=~".+"} | url_path!~"^(?:/a\\\\.b|/c)"',
  ],
  ['contains', { filters: [filter('email', 'contains', '@ex')] }, '{audit_channel=~".+"} | user_email=~"(?is).*@ex.*"'],
  [
    'a group',
    { filters: [filter('group', 'is', 'R&D')] },
    String.raw`{audit_channel=~".+"} | audit_actor_group=~"(?s)\\[(?:\"(?:[^\"\\\\]|\\\\u[0-9a-f]{4}|\\\\[^u])*\",)*\"(?:R(?:&|\\\\u0026)D)\"(?:,.*)?\\]"`,
  ],
  [
    'a network',
    { filters: [filter('ip', 'is', '10.0.0.0/8')] },
    String.raw`{audit_channel=~".+"} | (client_address=~"[0-9]{1,3}(?:\\.[0-9]{1,3}){3}" and client_address=ip("10.0.0.0/8"))`,
  ],
  [
    'neither a network nor two addresses',
    { filters: [filter('ip', 'is not any of', '::/0', '1.2.3.4', 'x')] },
    String.raw`{audit_channel=~".+"} | client_address!~"^(?:1\\.2\\.3\\.4|x)" and client_address!="::" and client_address!="::1" and (client_address!~"(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F.]*(?:%.+)?" or client_address!=ip("::/0"))`,
  ],
  ['a scope', { filters: [filter('scope.project', 'is', 'x')] }, '{audit_channel=~".+"} | audit_scope_project="x"'],
  [
    'a person, by bucket',
    { filters: [filter('email', 'is', 'ada@example.com')] },
    `{audit_channel=~".+", audit_actor_bucket=~"${actorKeyBucket('ada@example.com')}"} | user_email=~"^(?:[aA][dD][aA]@[eE][xX][aA][mM][pP][lL][eE]\\\\.[cC][oO][mM])"`,
  ],
  [
    'a search',
    { search: 'a "b"' },
    String.raw`{audit_channel=~".+"} |~ "(?i)a \\\\\"b\\\\\"" | json audit_description="description"` +
      [
        'audit_description',
        'user_email',
        'client_address',
        'url_path',
        'audit_operation',
        'audit_record_id',
        'error_message',
      ]
        .map((key, i) => String.raw`${i ? ' or' : ' |'} ${key}=~"(?is).*a \"b\".*"`)
        .join('') +
      ' | drop __error__, __error_details__',
  ],
])('%s', (_, query, expected) => {
  expect(entriesQuery(query)).toBe(expected);
});

test.each([
  ['an unknown field', filter('color' as never, 'is', 'red')],
  ['a field by way of the prototype', filter('constructor' as never, 'is', 'x')],
  ['an unknown operator', filter('action', 'like' as never, 'x')],
  ['no value', filter('action', 'is')],
  ['two values for one', filter('action', 'is', 'a', 'b')],
  ['an unknown word', filter('outcome', 'is', 'maybe')],
  ['a part of a word', filter('outcome', 'contains', 'fail')],
  ['a part of a status', filter('status', 'contains', '5')],
  ['a network of too many bits', filter('ip', 'is', '10.0.0.0/33')],
  ['a network that is cut short', filter('ip', 'is not any of', '::1', '10.0.0/8')],
  ['a scope with a brace', filter('scope.a}', 'is', 'x')],
])('refuses %s', (_, bad) => {
  expect(() => entriesQuery({ filters: [bad] })).toThrow(expect.objectContaining({ code: 'INVALID_FILTER' }));
});

test('the string ends at its closing quote, whatever the text', () => {
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

test('a text inside JSON is found, whoever wrote the JSON', () => {
  const asGo = (json: string) =>
    json.replace(/[<>&\u2028\u2029]|\\[bf]/g, (found) => {
      const character = found === '\\b' ? '\b' : found === '\\f' ? '\f' : found;
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
  fc.assert(
    fc.property(anyText, (text) => {
      // RE2 and JavaScript read these expressions alike.
      const regex = new RegExp(`^(?:${jsonRegexText(text).replace(/\\x\{/g, '\\u{')})$`, 'u');
      const inside = JSON.stringify(text.toWellFormed()).slice(1, -1);
      expect(regex.test(inside)).toBe(true);
      if (!inside.includes('\\\\')) expect(regex.test(asGo(inside))).toBe(true);
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

test.each([2, 3, 4, LIMITS.actorBuckets])('every stream is in one of %d parts, also one without a bucket', (of) => {
  const conditions = streamParts({ filters: [filter('outcome', 'is', 'failure')] }, of).map((query) => {
    const [, sign, regex = ''] =
      /audit_outcome="failure", audit_actor_bucket([=!])~"([^"]*)"\}$/.exec(entriesQuery(query)) ?? [];
    return (bucket: string) => new RegExp(`^(?:${regex})$`).test(bucket) === (sign === '=');
  });
  const buckets = Array.from({ length: LIMITS.actorBuckets }, (_, bucket) => String(bucket));
  const found = [...buckets, '', '16', 'x'].map((bucket) => conditions.filter((matches) => matches(bucket)).length);
  expect(new Set(found)).toEqual(new Set([1]));
  expect(conditions).toHaveLength(of);
});

test('one part, or one person, is the query itself', () => {
  const person = { filters: [filter('email', 'is', 'ada@example.com')] };
  expect(streamParts(person, 4)).toEqual([person]);
  expect(streamParts({}, 1)).toEqual([{}]);
});
