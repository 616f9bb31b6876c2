import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';
import { compileEntryChecks, completeEntry, parseEntry, type AuditEntryInput } from './entry.ts';
import { entryJsonSchema } from './json-schema.ts';
import { LIMITS } from '../limits.ts';
import { AuditError } from '../errors.ts';
import { anyEntryInput } from '../testing/entries.ts';

const stamp = {
  id: '019a8f3e-7a10-7000-8000-000000000001',
  time: '2026-11-21T06:18:19.123456789Z',
  service: 'shop',
  chain: { stream: 's', seq: 1, prev: null },
};
const login: AuditEntryInput = {
  action: 'user.login',
  description: 'Ada signed in',
  actor: { type: 'user', id: '42' },
};

test('fills in the fields that follow from the action and the actor', () => {
  expect(completeEntry(login, stamp)).toEqual({
    ...login,
    ...stamp,
    schema: 2,
    event: 'login',
    channel: 'user',
    category: 'user',
    outcome: 'success',
  });
  expect(completeEntry({ ...login, actor: { type: 'system' } }, stamp).category).toBe('system');
  expect(completeEntry({ ...login, error: { message: 'wrong password' } }, stamp).outcome).toBe('failure');
  expect(completeEntry({ ...login, event: undefined, channel: 'auth' }, stamp)).toMatchObject({
    event: 'login',
    channel: 'auth',
  });
});

test('keeps id and time of imported history', () => {
  const id = '019a8f3e-7a10-7000-8000-00000000000f';
  expect(completeEntry({ ...login, id, time: '2020-01-01T00:00:00Z' }, stamp)).toMatchObject({
    id,
    time: '2020-01-01T00:00:00Z',
  });
});

test('an entry is the same after its line was written and read', () => {
  fc.assert(
    fc.property(anyEntryInput, (input) => {
      const line = canonicalJson(completeEntry(input, stamp));
      expect(canonicalJson(parseEntry(line))).toBe(line);
    }),
    { numRuns: 500 },
  );
});

test('a compiled check finds the same', () => {
  const entry = completeEntry(login, stamp);
  const bad = [
    { ...entry, schema: 3 },
    { ...entry, more: 1 },
    { ...entry, actor: {} },
    { ...entry, time: '' },
    [],
    'text',
    null,
  ];
  const lines = [
    ...fc.sample(anyEntryInput, { numRuns: 200, seed: 1 }).map((input) => completeEntry(input, stamp)),
    ...[entry, { ...entry, schema: 1 }, { ...entry, properties: JSON.parse('{"__proto__":{"x":1}}') as never }],
    ...bad,
  ].map((value) => JSON.stringify(value));
  const read = () =>
    lines.map((line) => {
      try {
        return JSON.stringify(parseEntry(line));
      } catch (error) {
        return String(error);
      }
    });
  const before = read();
  compileEntryChecks();
  expect(read()).toEqual(before);
});

test('a member named __proto__ stays what it is, at any depth', () => {
  const properties = JSON.parse('{"__proto__":{"x":1},"a":{"__proto__":[1,{"__proto__":null}]}}') as never;
  const line = canonicalJson(completeEntry({ ...login, properties }, stamp));
  expect(line).toContain('"__proto__":{"x":1}');
  expect(canonicalJson(parseEntry(line))).toBe(line);
});

test('a stored line may be nested deeper than a new one is checked fast', () => {
  const deep = JSON.parse(`${'['.repeat(80)}1${']'.repeat(80)}`) as never;
  const line = canonicalJson(completeEntry({ ...login, properties: { deep } }, stamp));
  expect(canonicalJson(parseEntry(line))).toBe(line);
});

test.each([
  ['an unknown field', { ...login, color: 'red' }, ''],
  ['a missing actor', { ...login, actor: undefined }, 'actor'],
  ['an action with a space', { ...login, action: 'user login' }, 'action'],
  ['an outcome of its own', { ...login, outcome: 'maybe' }, 'outcome'],
  ['a lone surrogate', { ...login, description: '\ud800' }, 'description'],
  ['NaN in the properties', { ...login, properties: { a: NaN } }, 'properties.a'],
  ['a Date in the properties', { ...login, properties: { a: new Date() } }, 'properties.a'],
  [
    'too many scopes',
    { ...login, scope: Object.fromEntries([...'abcdefghijklmnopq'].map((name) => [name, ''])) },
    'scope',
  ],
  ['a time that never was', { ...login, time: '2026-02-30T00:00:00Z' }, 'time'],
  ['a time before 1970, which OTLP cannot express', { ...login, time: '1969-12-31T23:59:59.984Z' }, 'time'],
  ['a time before the first that can be read', { ...login, time: '1989-12-31T23:59:59.999999999Z' }, 'time'],
  ['a time that Loki cannot express', { ...login, time: '2262-04-12T00:00:00Z' }, 'time'],
  ['a local time', { ...login, time: '2026-02-20T00:00:00+01:00' }, 'time'],
  ['null', null, ''],
])('refuses %s and reports the field', (_, input, path) => {
  const refused = expect.objectContaining({
    code: 'INVALID_ENTRY',
    issues: expect.arrayContaining([expect.objectContaining({ path })]) as unknown,
  });
  expect(() => completeEntry(input as never, stamp)).toThrow(refused);
});

test.each([
  ['a hole', Array(2)],
  ['a class', { at: new Date(0) }],
  ['a lone surrogate, deep in it', [[[{ key: '\ud800' }]]]],
  ['a key with a lone surrogate', { '\udc00': 1 }],
  ['no number', [NaN]],
])('properties that JSON cannot hold are refused: %s', (_, value) => {
  const properties = { value } as NonNullable<AuditEntryInput['properties']>;
  expect(() => completeEntry({ ...login, properties }, stamp)).toThrow(
    expect.objectContaining({
      code: 'INVALID_ENTRY',
      issues: [expect.objectContaining({ path: expect.stringMatching(/^properties/) })],
    }),
  );
});

test('any input results in an entry or a coded error', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }), (input) => {
      try {
        completeEntry(input as never, stamp);
      } catch (error) {
        expect(error).toBeInstanceOf(AuditError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a line of a newer schema, or one that is not JSON, is a coded error', () => {
  expect(() => parseEntry(canonicalJson({ ...completeEntry(login, stamp), schema: 3 }))).toThrow(
    expect.objectContaining({ code: 'INVALID_ENTRY', message: expect.stringContaining('reads 1 and 2') as string }),
  );
  expect(() => parseEntry('{')).toThrow(expect.objectContaining({ code: 'INVALID_ENTRY' }));
});

test('has a JSON Schema', () => {
  expect(entryJsonSchema()).toMatchObject({ type: 'object', additionalProperties: false });
});

test.each(['-dash', 'user.-dash', `${'long'.repeat(17)}`, `user.${'long'.repeat(17)}`])(
  'refuses the action %j, whose words could not be channel and event',
  (action) => {
    expect(() => completeEntry({ action, description: '', actor: { type: 'system' } }, stamp)).toThrow(
      expect.objectContaining({ code: 'INVALID_ENTRY' }),
    );
  },
);

test('the first time is accepted, and reported if an earlier one is refused', () => {
  expect(completeEntry({ ...login, time: LIMITS.firstTime }, stamp).time).toBe(LIMITS.firstTime);
  expect(() => completeEntry({ ...login, time: '1989-12-31T23:59:59Z' }, stamp)).toThrow(LIMITS.firstTime);
  const old = { ...completeEntry(login, stamp), time: '1980-01-01T00:00:00Z' };
  expect(parseEntry(JSON.stringify(old)).time).toBe(old.time);
});

describe('the first version', () => {
  const first = { ...completeEntry(login, stamp), schema: 1 };

  test('is read as it was written', () => {
    expect(parseEntry(canonicalJson(first))).toEqual(first);
    const groups = Array.from({ length: 100 }, (_, i) => `${i}${'g'.repeat(300)}`);
    const large = { ...first, actor: { ...first.actor, groups } };
    expect(parseEntry(canonicalJson(large))).toEqual(large);
  });

  test.each([
    ['an agent', { actor: { type: 'agent', id: 'a' } }],
    ['a delegation', { onBehalfOf: [{ type: 'user', id: '7' }] }],
    ['a reason', { reason: 'OPS-7' }],
    ['related records', { related: [{ type: 'order' }] }],
    ['the id of a request', { request: { id: 'r1' } }],
  ])('has not %s', (_, more) => {
    expect(() => parseEntry(canonicalJson({ ...first, ...more }))).toThrow(AuditError);
    expect(parseEntry(canonicalJson({ ...first, ...more, schema: 2 }))).toMatchObject(more);
  });
});

test.each([
  ['5 persons', { onBehalfOf: Array.from({ length: 5 }, () => ({ type: 'user' as const })) }, 'onBehalfOf'],
  ['nobody', { onBehalfOf: [] }, 'onBehalfOf'],
  ['17 records', { related: Array.from({ length: 17 }, () => ({ type: 'order' })) }, 'related'],
  ['201 groups', { actor: { ...login.actor, groups: Array.from({ length: 201 }, String) } }, 'actor.groups'],
  ['a group of 201 bytes', { actor: { ...login.actor, groups: ['é'.repeat(101)] } }, 'actor.groups.0'],
])('an entry cannot have %s', (_, more, path) => {
  expect(() => completeEntry({ ...login, ...more }, stamp)).toThrow(
    expect.objectContaining({ issues: [expect.objectContaining({ path }) as unknown] }),
  );
});
