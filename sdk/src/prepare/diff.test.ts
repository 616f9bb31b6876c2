import { ObjectId } from 'bson';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { canonicalJson } from '@auditrail/core';
import { diff } from './diff.ts';
import { cutMark, sha256 } from './cut.ts';

test('members, lists, elements by id', () => {
  const before = {
    name: 'Ada',
    same: { a: [1, { b: 2 }] },
    address: { city: 'London', zip: '1' },
    roles: ['user'],
    lines: [{ id: 1, price: 1 }, { id: 2, price: 2 }], // prettier-ignore
    points: [{ x: 1 }, { x: 2 }],
    gone: true,
  };
  const after = {
    name: 'Ada',
    same: { a: [1, { b: 2 }] },
    address: { city: 'Paris', zip: '1' },
    roles: ['user', 'admin'],
    lines: [{ id: 2, price: 3 }, { id: 3, price: 4 }], // prettier-ignore
    points: [{ x: 1 }, { x: 3 }],
    'a.b': null,
  };
  expect(diff(before, after)).toEqual([
    { path: 'address.city', before: 'London', after: 'Paris' },
    { path: 'roles', before: ['user'], after: ['user', 'admin'] },
    { path: 'lines["1"]', before: { id: 1, price: 1 } },
    { path: 'lines["2"].price', before: 2, after: 3 },
    { path: 'lines["3"]', after: { id: 3, price: 4 } },
    { path: 'points[1].x', before: 2, after: 3 },
    { path: 'gone', before: true },
    { path: '["a.b"]', after: null },
  ]);
});

test('another order is a change', () => {
  const [a, b] = [{ id: 'a' }, { id: 'b' }];
  expect(diff({ list: [a, b] }, { list: [b, a] })).toEqual([{ path: 'list', before: [a, b], after: [b, a] }]);
});

test('of long lists, added and removed elements are listed', () => {
  const texts = Array.from({ length: 400 }, (_, i) => `person-${i}@example.com`);
  expect(diff({ members: texts }, { members: [...texts.slice(1), 'ada@example.com'] })).toEqual([
    { path: 'members[removed]', before: ['person-0@example.com'] },
    { path: 'members[added]', after: ['ada@example.com'] },
  ]);
  expect(diff({ a: [...texts, 'x', 'x'] }, { a: [...texts, 'x'] })).toEqual([{ path: 'a[removed]', before: ['x'] }]);
  const mixed = [1, '1', null, true, ...texts];
  expect(diff({ a: mixed }, { a: mixed.toReversed().filter((value) => value !== '1') })).toEqual([
    { path: 'a[removed]', before: ['1'] },
  ]);
  const bare = texts.map((email) => ({ email }));
  expect(diff({ a: bare }, { a: [...bare, { email: 'x' }] })).toEqual([{ path: 'a[added]', after: [{ email: 'x' }] }]);
  expect(diff({ a: texts }, { a: texts.toReversed() })).toMatchObject([{ path: 'a' }]);
  const redact = { paths: ['members'] };
  expect(diff({ members: texts }, { members: texts.slice(1) }, { redact })).toEqual([
    { path: 'members[removed]', before: '[redacted]' },
  ]);
});

test.each(['_id', 'uuid', 'key', 'name', 'sku'])('elements are identified by their %s', (member) => {
  const items = Array.from({ length: 60 }, (_, i) => ({ [member]: `k${i}`, price: i, text: 'x'.repeat(100) }));
  const after = [{ ...items[1], price: 7 }, { [member]: 'new' }, ...items.slice(2)];
  expect(diff({ items }, { items: after }, { idMembers: ['sku'] })).toEqual([
    { path: 'items["k0"]', before: items[0] },
    { path: 'items["k1"].price', before: 1, after: 7 },
    { path: 'items["new"]', after: { [member]: 'new' } },
  ]);
});

test('ids and amounts of databases are readable', () => {
  const hex = (last: number) => `507f1f77bcf86cd79943901${last}`;
  const [a, b, c] = [new ObjectId(hex(1)), new ObjectId(hex(2)), new ObjectId(hex(3))];
  const uuid = Buffer.from('019a8f3e7a1070008000000000000001', 'hex');
  const before = { items: [{ _id: a, price: new Decimal('12.50') }, { _id: b }], owner: a, key: uuid };
  const after = { items: [{ _id: b }, { _id: a, price: new Decimal('1e3') }, { _id: c }], owner: b, key: 'none' };
  expect(diff(before, after)).toEqual([
    { path: `items["${hex(1)}"].price`, before: '12.5', after: '1000' },
    { path: `items["${hex(3)}"]`, after: { _id: hex(3) } },
    { path: 'owner', before: hex(1), after: hex(2) },
    { path: 'key', before: '019a8f3e-7a10-7000-8000-000000000001', after: 'none' },
  ]);
});

test('a change of a secret beside its name is shown, the secret is not', () => {
  const env = (value: string) => [{ env: 'PORT', value: 1 }, { env: 'API_TOKEN', value }]; // prettier-ignore
  expect(diff({ env: env('a') }, { env: env('b') })).toEqual([
    {
      path: 'env[1]',
      before: { env: 'API_TOKEN', value: '[redacted]' },
      after: { env: 'API_TOKEN', value: '[redacted]' },
    },
  ]);
  const named = (value: string) => [{ name: 'DB_PASSWORD', value }];
  expect(diff({ env: named('a') }, { env: named('b') })).toEqual([
    {
      path: 'env["DB_PASSWORD"]',
      before: '[redacted]',
      after: '[redacted]',
    },
  ]);
  const pairs = (value: string) => [['X-Api-Key', value], ['Host', 'h']]; // prettier-ignore
  expect(JSON.stringify(diff({ headers: pairs('k1') }, { headers: pairs('k2') }))).not.toMatch(/k1|k2/);
});

test('created and deleted objects are listed field by field', () => {
  expect(diff(undefined, { a: 1, b: { c: 2 } })).toEqual([
    { path: 'a', after: 1 },
    { path: 'b', after: { c: 2 } },
  ]);
  expect(diff({ a: 1 }, undefined)).toEqual([{ path: 'a', before: 1 }]);
  expect(diff(undefined, undefined)).toEqual([]);
  expect(diff('a', 'b')).toEqual([{ path: '', before: 'a', after: 'b' }]);
  expect(diff({ at: new Date(0) }, { at: new Date(1) })).toHaveLength(1);
});

test('a change of a secret is shown, the secret is not', () => {
  const [before, after] = [
    { password: 'a', user: { ssn2: 1, pin: 1 } },
    { password: 'b', user: { ssn2: 2, pin: 2 } },
  ];
  const hidden = { before: '[redacted]', after: '[redacted]' };
  expect(diff(before, after, { redact: { paths: ['user.ssn2'] } })).toEqual([
    { path: 'password', ...hidden },
    { path: 'user.ssn2', ...hidden },
    { path: 'user.pin', ...hidden },
  ]);
  const long = { notes: { password: 'a'.repeat(5_000), text: 'b'.repeat(3_000) } };
  const [change] = diff(undefined, long);
  expect(change?.after).toEqual(cutMark({ password: '[redacted]', text: 'b'.repeat(3_000) }));
});

test('large values are cut, many changes counted', () => {
  const text = 'é'.repeat(3_000);
  const [change] = diff({ a: '' }, { a: text });
  expect(change?.after).toBe(`${'é'.repeat(1_000)} [cut: 6000 bytes, sha256 ${sha256(text)}]`);
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i]));
  const changes = diff({}, many);
  expect(changes).toHaveLength(101);
  expect(changes.at(-1)).toEqual({ path: '[more]', after: 400 });
  const deep = (value: unknown) => ({ a: { b: { c: value } } });
  expect(diff(deep(1), deep(2), { maxDepth: 2 })).toEqual([{ path: 'a.b', before: { c: 1 }, after: { c: 2 } }]);
});

test('there are changes exactly if two values differ', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(diff(a, structuredClone(a))).toEqual([]);
      const differ = canonicalJson(a) !== canonicalJson(b);
      expect(diff({ a }, { a: b }).length > 0).toBe(differ);
    }),
    { numRuns: 1_000 },
  );
});
