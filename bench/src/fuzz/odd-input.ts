import fc from 'fast-check';

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
  stringUnit: 'grapheme',
  maxDepth: 3,
});

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;
const deep = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;

/** Values that often break programs. */
const nasty = fc.constantFrom<unknown>(
  NaN,
  -0,
  10n ** 40n,
  Symbol('odd'),
  () => 'called',
  new Date(NaN),
  /regex/g,
  new Error('odd'),
  Promise.resolve(1),
  new WeakMap(),
  cycle,
  deep(500),
  deep(20_000),
  '\ud800',
  '\u0000\u2028\ufeff',
  'x'.repeat(1_000_000),
  '😀'.repeat(5_000),
  '__proto__',
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  Object.defineProperty({}, 'trap', {
    enumerable: true,
    get() {
      throw new Error('a getter that throws');
    },
  }),
  new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('a proxy that throws');
      },
    },
  ),
  { toJSON: () => ({ toJSON: 1 }) },
  Object.create({ inherited: true }),
  new Uint8Array(1_000),
  new Array(1_000),
);

const odd = fc.oneof({ weight: 3, arbitrary: anything }, { weight: 1, arbitrary: nasty });

const FIELDS = [
  'action',
  'description',
  'actor',
  'actor.type',
  'actor.email',
  'actor.groups',
  'source',
  'source.ip',
  'target',
  'scope',
  'request.status',
  'changes',
  'properties',
  'properties.deep.value',
  'error',
  'outcome',
  'channel',
  'event',
  'category',
  'time',
  'id',
  'trace',
  '__proto__',
  'unknown',
];

// A value that cannot be copied (a throwing getter or proxy) becomes an empty object.
function copyOf(value: unknown): Record<string, unknown> {
  try {
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function withField(entry: Record<string, unknown>, path: string, value: unknown): Record<string, unknown> {
  const [name = '', ...rest] = path.split('.');
  const whole = copyOf(entry);
  const next = rest.length === 0 ? value : withField(copyOf(whole[name]), rest.join('.'), value);
  // Not an assignment, so that __proto__ becomes a member, as with JSON.parse.
  return Object.defineProperty(whole, name, {
    value: next,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/** Valid entries, entries with unusual values in some fields (mostly in properties), and values that are not entries. */
export function oddInput(valid: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  const withOddFields = fc
    .tuple(valid, fc.array(fc.tuple(fc.constantFrom(...FIELDS), odd), { minLength: 1, maxLength: 3 }))
    .map(([entry, oddFields]) =>
      oddFields.reduce((whole, [path, value]) => withField(whole, path, value), entry as Record<string, unknown>),
    );
  const inProperties = fc
    .tuple(valid, odd)
    .map(([entry, value]) => withField(entry as Record<string, unknown>, 'properties.x', value));
  return fc.oneof(
    { weight: 3, arbitrary: valid },
    { weight: 3, arbitrary: inProperties },
    { weight: 3, arbitrary: withOddFields },
    { weight: 1, arbitrary: odd },
  );
}
