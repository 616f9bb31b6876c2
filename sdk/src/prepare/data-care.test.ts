import fc from 'fast-check';
import { AuditError, completeEntry, LIMITS, parseEntry, utf8Bytes } from '@auditrail/core';
import { anyEntryInput } from '../../../core/src/testing/entries.ts';
import { diff } from './diff.ts';
import { fitEntry } from './fit-entry.ts';
import { createPrepareInput } from './prepare-input.ts';

/** `AUDITRAIL_FUZZ_RUNS=100000` runs the whole corpus. */
const RUNS = Number(process.env['AUDITRAIL_FUZZ_RUNS'] ?? 10_000);
const stamp = { id: '019a8f3e-7a10-7000-8000-000000000001', time: '2026-11-21T06:18:19Z', service: 'shop' };
const prepares = [
  createPrepareInput(),
  createPrepareInput({
    paths: ['properties.*', 'changes.*.before.a', 'changes.a'],
    keep: ['*.b'],
    patterns: [/z\d?/, /$/],
  }),
  createPrepareInput({ replacement: { hmacKey: 'k' }, keys: [/^p/, 'list'] }),
];

const boom = () => {
  throw new Error('hostile');
};
const deep = (depth: number) => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { value };
  return value;
};
const traps: ProxyHandler<object>[] = [
  { get: boom },
  { ownKeys: boom },
  { getPrototypeOf: boom },
  { getOwnPropertyDescriptor: boom },
  {
    ownKeys: () => ['a', 'a2', '__proto__'],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }),
  },
  { get: (_, key) => (key === 'length' ? 2 ** 32 : 'x') },
  { get: (_, key) => (typeof key === 'symbol' ? boom() : new Proxy({}, {})) },
];
const cyclic = () => {
  const value: Record<string, unknown> = { list: [] };
  (value['list'] as unknown[]).push(value, new Map([[value, value]]), new Set([value]));
  return value;
};
class Instance {
  a = 1;
  #hidden = 2;
  get hidden() {
    return this.#hidden;
  }
}
const targets: (() => object)[] = [
  () => ({}),
  () => [],
  () => new Map(),
  () => new Error('x'),
  () => new Date(0),
  () => boom,
];
const HOSTILE: (() => unknown)[] = [
  ...traps.flatMap((trap) => targets.map((target) => () => new Proxy(target(), trap))),
  () => Object.defineProperty({ b: 1 }, 'a', { enumerable: true, get: boom }),
  () => Object.defineProperty(new Error('x'), 'message', { get: boom }),
  () => Object.defineProperties(new Uint8Array(9), { byteLength: { value: 1e9 }, buffer: { value: 1 } }),
  ...[Date, Map, Set, Uint8Array, Error, RegExp, URL, String].map(
    (type) => () => Object.create(type.prototype as object) as unknown,
  ),
  () => Object.create({ toJSON: boom }) as unknown,
  () => ({ toJSON: boom, toString: boom, valueOf: boom, [Symbol.iterator]: boom, then: boom }),
  cyclic,
  () => deep(40),
  () => boom,
  () => Symbol('s'),
  () => new WeakMap(),
  () => new Instance(),
  () => /x/g,
  () => Object(Symbol('s')) as unknown,
  () => Buffer.alloc(1_100),
  () => 1n << 5_000n,
  () => Array<string>(30).fill('4111 1111 1111 1111'),
  () => ['Bearer abc123def456', '{"password":"', 'token=', '-----BEGIN PRIVATE KEY-----', '\ud800'],
  () => new Map<unknown, unknown>([['__proto__', 1], [{}, cyclic()]]), // prettier-ignore
  () => new Set([new Set([boom])]),
  () => JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}') as unknown,
];
// Represents a hostile value while fast-check prints and compares its inputs.
const HOSTILE_MARK = /^\u0000(\d+)$/;
const mark = fc.nat(HOSTILE.length - 1).map((n) => `\0${n}`);
function materialise(value: unknown): unknown {
  if (typeof value === 'string') {
    const made = HOSTILE[Number(HOSTILE_MARK.exec(value)?.[1] ?? NaN)];
    return made ? made() : value;
  }
  if (Array.isArray(value)) return value.map((item) => materialise(item));
  if (value instanceof Set) return new Set([...(value as Set<unknown>)].map(materialise));
  if (value instanceof Map) {
    return new Map([...(value as Map<unknown, unknown>)].map(([key, item]) => [materialise(key), materialise(item)]));
  }
  const prototype: unknown = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy = Object.create(prototype) as object;
  for (const [key, member] of Object.entries(value as object)) {
    Object.defineProperty(copy, key, { value: materialise(member), enumerable: true });
  }
  return copy;
}

const odd = fc.oneof(
  mark,
  fc.anything({
    key: fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('__proto__', 'constructor', 'password', 'a', '[more]', '$full', 'before', 'toJSON'),
    ),
    values: [mark, fc.string({ unit: 'binary' }), fc.double(), fc.bigInt(), fc.constantFrom(undefined, null, true)],
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withObjectString: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
);
// Complete entries with one odd part: those that pass the schema must be accepted.
const oddEntry = fc
  .tuple(
    anyEntryInput,
    fc.dictionary(fc.string(), odd, { maxKeys: 3 }),
    fc.array(fc.record({ path: fc.string(), before: odd, after: odd }), { maxLength: 2 }),
    fc.constantFrom('', 'actor', 'target', 'error', 'description', 'time', 'changes', 'extra'),
    odd,
  ) // prettier-ignore
  .map(([entry, properties, changes, key, value]) => ({ ...entry, properties, changes, ...(key && { [key]: value }) }));

function through(input: unknown, prepare: (input: unknown) => unknown): 'stored' | 'refused' {
  try {
    const { entry, line } = fitEntry(completeEntry(prepare(input) as never, stamp));
    if (utf8Bytes(line) > LIMITS.lineBytes) throw new Error('too long');
    if (!line.isWellFormed() || parseEntry(line).id !== entry.id) throw new Error('not the entry');
    return 'stored';
  } catch (error) {
    if (error instanceof AuditError && error.code === 'INVALID_ENTRY') return 'refused';
    throw error;
  }
}

test(`${RUNS} odd inputs: an entry that fits, or a coded refusal`, () => {
  const counts = { stored: 0, refused: 0 };
  fc.assert(
    fc.property(fc.oneof({ weight: 1, arbitrary: odd }, { weight: 3, arbitrary: oddEntry }), fc.constantFrom(...prepares), (input, prepare) => {
      counts[through(materialise(input), prepare)] += 1;
    }), // prettier-ignore
    { numRuns: RUNS },
  );
  expect(({} as { x?: unknown }).x).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
  // The corpus must reach both outcomes, or it proves nothing.
  expect(counts.stored).toBeGreaterThan(RUNS / 10);
  expect(counts.refused).toBeGreaterThan(RUNS / 100);
}, 600_000);

test('properties and changes never cause a refusal of an entry', () => {
  const login = { action: 'user.login', description: 'Ada', actor: { type: 'user' as const } };
  fc.assert(
    fc.property(fc.dictionary(fc.string(), odd, { maxKeys: 3 }), odd, odd, (properties, before, after) => {
      const changes = diff(materialise(before), materialise(after));
      for (const prepare of prepares) {
        expect(through(materialise({ ...login, properties, changes }), prepare)).toBe('stored');
        expect(through(materialise({ ...login, changes: [{ path: 'a', before, after }] }), prepare)).toBe('stored');
      }
    }),
    { numRuns: Math.ceil(RUNS / 10) },
  );
}, 600_000);

test('giant entries are stored', () => {
  const login = { action: 'user.login', description: 'Ada', actor: { type: 'user' as const } };
  const text = '\u0000"x'.repeat(2_000_000);
  let bomb: unknown = { text, list: Array(3_000).fill(text) as unknown[] };
  for (let i = 0; i < 20; i++) bomb = { a: bomb, b: bomb };
  expect(through({ ...login, description: text, properties: { bomb, deep: deep(100_000) } }, prepares[0] ?? boom)).toBe(
    'stored',
  );
  expect(through({ ...login, changes: Array(100_000).fill({ path: text, before: 1 }) }, prepares[0] ?? boom)).toBe(
    'stored',
  );
});
