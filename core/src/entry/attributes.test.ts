import fc from 'fast-check';
import { actorKeyBucket, normalEmail } from './actor-bucket.ts';
import { ATTRIBUTES, attributeText, lokiName, toAttributes } from './attributes.ts';
import { completeEntry } from './entry.ts';
import { LIMITS } from '../limits.ts';
import { anyEntryInput } from '../testing/entries.ts';
import { utf8Bytes } from '../text.ts';

const stamp = { id: '019a8f3e-7a10-7000-8000-000000000001', time: '2026-11-21T06:18:19Z', service: 'shop' };

test('names follow OTEP 0267, semantic conventions, then audit.*', () => {
  const entry = completeEntry(
    {
      action: 'user.login',
      description: 'Ada signed in',
      actor: { type: 'user', id: '42', email: 'ada@example.com', groups: ['admins', 'a "b"'] },
      source: { ip: '10.2.3.4' },
      scope: { project: 'apollo' },
      request: { status: 200 },
    },
    stamp,
  );
  expect(toAttributes(entry)).toEqual({
    'audit.schema.version': 2,
    'audit.record.id': stamp.id,
    'audit.action': 'user.login',
    'audit.event': 'login',
    'audit.channel': 'user',
    'audit.category': 'user',
    'audit.outcome': 'success',
    'audit.actor.type': 'user',
    'audit.actor.id': '42',
    'user.email': 'ada@example.com',
    'audit.actor.group': ['admins', 'a "b"'],
    'audit.actor.bucket': actorKeyBucket('ada@example.com'),
    'client.address': '10.2.3.4',
    'audit.scope.project': 'apollo',
    'http.response.status_code': 200,
  });
});

test('an agent for a person, a reason, and further records', () => {
  const entry = completeEntry(
    {
      action: 'order.refunded',
      description: 'support-bot refunded order 7 for Grace',
      actor: {
        ...{ type: 'agent', id: 'bot-1', name: 'support-bot' },
        agent: { name: 'support-bot', version: '2.1', model: 'm-5', runId: 'run-9' },
      },
      onBehalfOf: [
        { type: 'user', id: '42', name: 'Grace', email: 'Grace@Example.com' },
        { type: 'user', id: '43' },
      ],
      reason: 'OPS-7',
      error: { code: 'DENIED', message: 'no' },
      request: { id: 'req-1' },
      related: [
        { type: 'customer', id: 'c1', name: 'Hopper Ltd' },
        { type: 'invoice', id: 'i1' },
      ],
    },
    stamp,
  );
  expect(toAttributes(entry)).toMatchObject({
    'audit.actor.type': 'agent',
    'gen_ai.agent.name': 'support-bot',
    'gen_ai.agent.version': '2.1',
    'gen_ai.request.model': 'm-5',
    'audit.agent.run_id': 'run-9',
    'audit.on_behalf_of.type': ['user', 'user'],
    'audit.on_behalf_of.id': ['42', '43'],
    'audit.on_behalf_of.name': ['Grace', ''],
    'audit.on_behalf_of.email': ['grace@example.com', ''],
    'audit.reason': 'OPS-7',
    'error.type': 'DENIED',
    'audit.request.id': 'req-1',
    'audit.related.type': ['customer', 'invoice'],
    'audit.related.id': ['c1', 'i1'],
    'audit.related.name': ['Hopper Ltd', ''],
  });
});

test.each([
  ['Ada@Example.com', 'ada@example.com'],
  ['ÉMILE@example.com', 'émile@example.com'],
  ['İ@example.com', 'i@example.com'],
  ['ΑΣ@example.com', 'ασ@example.com'],
  // A capital of Unicode 16, which the collector does not know.
  ['\ua7dc@example.com', '\ua7dc@example.com'],
])('actors are compared by the lower case of %s', (email, normal) => {
  expect(normalEmail(email)).toBe(normal);
  const entry = completeEntry({ action: 'a', description: '', actor: { type: 'user', email } }, stamp);
  expect(toAttributes(entry)).toMatchObject({
    'user.email': normal,
    'audit.actor.bucket': actorKeyBucket(normal),
  });
  expect(entry.actor.email).toBe(email);
});

test("stay below Loki's limits, however large the entry", () => {
  const huge = '😀'.repeat(50_000);
  const entry = completeEntry(
    {
      action: 'a',
      description: huge,
      actor: {
        type: 'user',
        id: huge,
        name: huge,
        email: huge,
        groups: Array.from({ length: LIMITS.groups }, (_, i) => `${i}`.padEnd(LIMITS.groupBytes, 'g')),
        agent: { name: huge, version: huge, model: huge, runId: huge },
      },
      onBehalfOf: Array.from({ length: LIMITS.onBehalfOf }, () => ({
        type: 'user',
        id: huge,
        name: huge,
        email: huge,
      })),
      related: Array.from({ length: LIMITS.related }, () => ({ type: huge, id: huge, name: huge })),
      reason: huge,
      error: { code: huge, message: huge },
      authContext: huge,
      source: { ip: huge, userAgent: huge, sessionId: huge, deviceId: huge },
      target: { type: huge, id: huge, name: huge },
      scope: Object.fromEntries(Array.from({ length: LIMITS.scopeNames }, (_, i) => [`s${i}`, huge])),
      request: { id: huge, method: huge, endpoint: huge, operation: huge },
    },
    stamp,
  );
  const attributes = toAttributes(entry);
  const bytes = Object.entries(attributes).reduce(
    (sum, [name, value]) => sum + name.length + utf8Bytes(JSON.stringify(value)),
    0,
  );
  // Loki: max_structured_metadata_size 128 kB, which also holds the attributes of resource and scope.
  expect(bytes).toBeLessThan(115_000);
  expect(Object.keys(attributes).length).toBeLessThan(100);
  expect(attributes[ATTRIBUTES.actorGroups]).toHaveLength(LIMITS.groups);
});

test('a cut value is well-formed, a beginning, and no longer than its bound', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 900 }), (text) => {
      const cut = attributeText(text);
      expect(cut.isWellFormed()).toBe(true);
      expect(text.startsWith(cut)).toBe(true);
      expect(utf8Bytes(cut)).toBeLessThanOrEqual(LIMITS.attributeBytes);
      if (utf8Bytes(text) <= LIMITS.attributeBytes) expect(cut).toBe(text);
    }),
  );
});

test('every entry has attributes without empty values', () => {
  fc.assert(
    fc.property(anyEntryInput, (input) => {
      for (const value of Object.values(toAttributes(completeEntry(input, stamp)))) expect(value).not.toBe('');
    }),
  );
});

test('Loki can store every name: each has a letter or digit, and the collector cuts none', () => {
  fc.assert(
    fc.property(anyEntryInput, (input) => {
      for (const name of Object.keys(toAttributes(completeEntry(input, stamp)))) {
        expect(name).toMatch(/^(?=.*[A-Za-z0-9]).{1,64}$/);
      }
    }),
  );
});

test.each(['', ' ', 'ü', '日本語', '_', '#', 'a'.repeat(33)])('%j is not the name of a scope', (name) => {
  const input = { action: 'a', description: '', actor: { type: 'user' }, scope: { [name]: 'x' } } as const;
  expect(() => completeEntry(input, stamp)).toThrow(expect.objectContaining({ code: 'INVALID_ENTRY' }));
});

test("Loki's names are letters, digits and _", () => {
  for (const name of Object.values(ATTRIBUTES)) expect(lokiName(name)).toMatch(/^[a-z0-9_]+$/);
});

test('the bucket is the same in any case of the e-mail, and spreads', () => {
  expect(actorKeyBucket('Ada@Example.com')).toBe(actorKeyBucket('ada@example.com'));
  const buckets = new Set(Array.from({ length: 500 }, (_, i) => actorKeyBucket(`user${i}@example.com`)));
  expect(buckets.size).toBe(LIMITS.actorBuckets);
});
