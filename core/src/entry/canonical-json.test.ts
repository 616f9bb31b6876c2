import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';

test('writes what the reference implementation of RFC 8785 writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary', noUnicodeString: false } as never), (value) => {
      expect(canonicalJson(value)).toBe(canonicalize(value));
    }),
    { numRuns: 2_000 },
  );
});

// RFC 8785, 3.2.2 to 3.2.4: the document's own example.
test('the example of RFC 8785', () => {
  const value = {
    numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  };
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test('orders keys by UTF-16 units, as RFC 8785 3.2.3 shows', () => {
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
  const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
  expect(Object.keys(JSON.parse(text) as object)).toEqual([
    '1',
    '\r',
    '\u0080',
    '\u00f6',
    '\u20ac',
    '\ud83d\ude00',
    '\ufb33',
  ]);
});

test('leaves undefined members out and does not follow a prototype', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  expect(canonicalJson(JSON.parse('{"__proto__":{"x":1}}'))).toBe('{"__proto__":{"x":1}}');
});

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;
test.each([
  ['NaN', { a: [NaN] }, 'a[0]'],
  ['Infinity', Infinity, 'the top'],
  ['bigint', { a: { b: 1n } }, 'a.b'],
  ['function', { f: () => 1 }, 'f'],
  ['cycle', cycle, 'self'],
  ['lone surrogate', ['\ud800'], '[0]'],
  ['lone surrogate in a key', { '\udc00': 1 }, 'the top'],
  ['Date', { at: new Date() }, 'at'],
  ['hole', [undefined], '[0]'],
])('refuses %s and reports its path', (_, value, path) => {
  expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
  expect(() => canonicalJson(value)).toThrow(`at ${path}`);
});

test('writes deep values, and reports the path of a deep value that is refused', () => {
  const deep = (end: unknown) => Array.from({ length: 100 }).reduce<unknown>((inner) => ({ b: [0], a: [inner] }), end);
  expect(canonicalJson(deep('end'))).toBe(canonicalize(deep('end')));
  expect(() => canonicalJson(deep(1n))).toThrow(`at a[0]${'.a[0]'.repeat(99)}`);
});

test('a flood of new keys changes nothing', () => {
  const flood = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`key ${i}`, i]));
  expect(canonicalJson(flood)).toBe(canonicalize(flood));
  expect(canonicalJson(flood)).toBe(canonicalize(flood));
});

test('one object at two paths is not a cycle', () => {
  const shared = { x: 1 };
  expect(canonicalJson([shared, shared])).toBe('[{"x":1},{"x":1}]');
});
