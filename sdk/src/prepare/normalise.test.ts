import { canonicalJson } from '@auditrail/core';
import { cutMark } from './cut.ts';
import { normalise } from './normalise.ts';
import { NORMALISE_LIMITS } from './normaliser.ts';

class Account {
  id = 1;
  #secret = 2;
  readonly method = () => this.#secret;
  get derived() {
    return 3;
  }
  toJSON() {
    throw new Error('must not be called');
  }
}

const called = () => {
  throw new Error('must not be called');
};

test.each<[string, unknown, unknown]>([
  ['bigint', 12345678901234567890n, '12345678901234567890'],
  ['a very long bigint', 1n << 5000n, '[bigint too long]'],
  ['NaN', [NaN, Infinity, -Infinity], ['NaN', 'Infinity', '-Infinity']],
  ['undefined, functions and symbols', { a: undefined, f: called, s: Symbol('s'), b: 1 }, { b: 1 }],
  ['the same in an array, and holes', [undefined, called, Symbol('s'), , 1], [null, null, null, null, 1]],
  ['lone surrogates', { '\ud800': 'a\udc00' }, { '\ufffd': 'a\ufffd' }],
  ['Date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['invalid date', new Date(NaN), '[invalid date]'],
  ['Map of texts', new Map<unknown, unknown>([['a', 1n], [2, new Set([1])]]), { a: '1', 2: [1] }], // prettier-ignore
  ['Map of others', new Map<unknown, unknown>([[{ a: 1 }, 1]]), [[{ a: 1 }, 1]]],
  ['Error', new TypeError('no', { cause: new Error('why') }), { name: 'TypeError', message: 'no', cause: { name: 'Error', message: 'why' } }], // prettier-ignore
  ['Error with a code', Object.assign(new Error('no'), { code: 'ENOENT' }), { name: 'Error', message: 'no', code: 'ENOENT' }], // prettier-ignore
  ['Buffer', Buffer.from('hi'), 'aGk='],
  ['typed array', new Uint16Array([1, 2]), 'AQACAA=='],
  ['ArrayBuffer', new ArrayBuffer(2), 'AAA='],
  ['large Buffer', Buffer.alloc(5_000, 7), cutMark(Buffer.alloc(5_000, 7))],
  ['RegExp', /a\/b/gi, '/a\\/b/gi'],
  ['URL', new URL('http://a/b?c'), 'http://a/b?c'],
  ['boxed', [Object(1n), Object('a'), Object(1), Object(false)], ['1', 'a', 1, false]],
  ['Promise', Promise.resolve(1), '[promise]'],
  ['an instance of a class', new Account(), { id: 1 }],
  ['without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ['__proto__ and constructor', JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":1}}'), { '[__proto__]': { x: 1 }, constructor: { prototype: 1 } }], // prettier-ignore
  ['a getter that throws', { get a() { return called(); }, b: 1 }, { a: '[unreadable]', b: 1 }], // prettier-ignore
  ['a revoked proxy', (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { a: proxy, b: 1 }; })(), { a: '[unreadable]', b: 1 }], // prettier-ignore
  ['a hostile proxy', new Proxy({}, { ownKeys: called }), '[unreadable]'],
  ['own toJSON, toString and valueOf', { toJSON: called, toString: called, valueOf: called, [Symbol.toPrimitive]: called }, {}], // prettier-ignore
  ['a date with methods of its own', Object.assign(new Date(0), { toISOString: called, getTime: called }), '1970-01-01T00:00:00.000Z'], // prettier-ignore
  ['a map with an iterator of its own', Object.assign(new Map([['a', 1]]), { [Symbol.iterator]: called, forEach: called }), { a: 1 }], // prettier-ignore
  ['undefined', undefined, undefined],
])('%s', (_, value, plain) => {
  expect(normalise(value)).toEqual(plain);
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

test('a cycle is marked, an object that occurs twice is not a cycle', () => {
  const cycle: Record<string, unknown> = { a: 1 };
  cycle['self'] = { list: [cycle] };
  expect(normalise(cycle)).toEqual({ a: 1, self: { list: ['[cycle]'] } });
  const shared = { a: 1 };
  expect(normalise([shared, shared])).toEqual([shared, shared]);
});

test('depth, number of values and text are limited', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = { deep };
  expect(canonicalJson(normalise(deep))).toContain('[too deep]');
  expect(normalise(Array(NORMALISE_LIMITS.values + 5).fill(0))).toHaveLength(NORMALISE_LIMITS.values + 1);
  const many = Object.fromEntries(Array.from({ length: NORMALISE_LIMITS.values + 5 }, (_, i) => [`k${i}`, 0]));
  expect(normalise(many)).toMatchObject({ '[more]': 5 });
  let bomb: unknown = 'x'.repeat(1_000);
  for (let i = 0; i < 15; i++) bomb = [bomb, bomb, bomb, bomb];
  expect(canonicalJson(normalise(bomb)).length).toBeLessThan(15_000_000);
  const long = 'x'.repeat(1_000_000);
  expect(canonicalJson(normalise(Array(1_000).fill(long))).length).toBeLessThan(6_000_000);
});

test('the result is a copy, read once', () => {
  let reads = 0;
  const value = {
    list: [1],
    get counted() {
      return ++reads;
    },
  };
  const plain = normalise(value) as unknown as typeof value;
  value.list.push(2);
  expect(plain).toEqual({ list: [1], counted: 1 });
  expect(reads).toBe(1);
});
