import { AuditError, completeEntry, type AuditEntryInput } from '@auditrail/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { defineActions } from './define-actions.ts';
import { runWithContext, withRequest } from '../context/index.ts';
import { memoryAudit } from '../logger/testing.ts';

const slow: StandardSchemaV1<{ a: number }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      Promise.resolve((value as { a?: unknown }).a === 1 ? { value: { a: 1 } } : { issues: [{ message: 'not 1', path: [{ key: 'a' }] }] }), // prettier-ignore
  },
};
const broken: StandardSchemaV1<object> = {
  '~standard': { version: 1, vendor: 'test', validate: () => { throw new TypeError('oh') } }, // prettier-ignore
};
const actions = defineActions({
  'user.login': { channel: 'auth', description: '{actor} signed in from {source.ip}' },
  'invoice.updated': {
    channel: 'billing',
    event: 'updated',
    target: 'invoice',
    description: '{actor.name} set invoice {target.id} to {properties.amount} ({properties.note}, {properties.pin})',
    properties: z.object({ amount: z.number(), note: z.string().default('no note'), pin: z.string().optional() }),
  },
  'job.ran': {
    category: 'task',
    description: ({ count }, { actor }) => `${actor?.id} did ${count.toFixed(0)}`,
    properties: z.object({ count: z.number() }),
  },
  'slow.checked': { description: 'slow', properties: slow },
  'broken.checked': { description: 'broken', properties: broken },
});
const ada = { type: 'user' as const, id: '7', name: 'Ada', email: 'ada@example.com' };
const stamp = { id: '019a8f3e-7a10-7000-8000-000000000001', time: '2026-11-21T06:18:19Z', service: 'shop' };

function recorder() {
  const entries: AuditEntryInput[] = [];
  const record = (entry: AuditEntryInput, options?: { wait: string }) => {
    entries.push(entry);
    return Promise.resolve(options?.wait ?? 'ok');
  };
  return { entries, record };
}

test('builds an entry from the catalogue and the call', async () => {
  const audit = recorder();
  const trail = actions.for(audit);
  const wait: string = await trail.record(
    'invoice.updated',
    { actor: ada, target: { id: '42' }, properties: { amount: 120, pin: '1234' }, outcome: 'success' },
    { wait: 'delivered' },
  );
  expect(wait).toBe('delivered');
  expect(audit.entries).toEqual([
    {
      action: 'invoice.updated',
      channel: 'billing',
      event: 'updated',
      actor: ada,
      outcome: 'success',
      target: { type: 'invoice', id: '42' },
      properties: { amount: 120, note: 'no note', pin: '1234' },
      description: 'Ada set invoice 42 to 120 (no note, [redacted])',
    },
  ]);
  expect(completeEntry(actions.entry('user.login', { actor: ada }), stamp)).toMatchObject({
    channel: 'auth',
    event: 'login',
    description: 'Ada signed in from (unknown)',
  });
  expect(actions.entry('job.ran', { actor: { type: 'system', id: 'prune' }, properties: { count: 3 } })).toMatchObject({
    category: 'task',
    description: 'prune did 3',
  });
});

test('placeholders in a value are not replaced', () => {
  const actor = { type: 'user' as const, name: '{source.ip} $& {properties.constructor}' };
  expect(actions.entry('user.login', { actor, source: { ip: '1.2.3.4' } }).description).toBe(
    '{source.ip} $& {properties.constructor} signed in from 1.2.3.4',
  );
});

test('wrong use is a type error, and an AuditError with the paths of the problems', async () => {
  const trail = actions.for(recorder());
  const refused = (path: string) => ({
    name: 'AuditError',
    code: 'INVALID_ENTRY',
    issues: [expect.objectContaining({ path })],
  });
  // @ts-expect-error no such action
  await expect(trail.record('user.logout', { actor: ada })).rejects.toMatchObject(refused('action'));
  // @ts-expect-error not in the catalogue
  await expect(trail.record('__proto__', { actor: ada })).rejects.toMatchObject(refused('action'));
  // @ts-expect-error a string instead of a number
  const wrong = trail.record('invoice.updated', { actor: ada, properties: { amount: '120' } });
  await expect(wrong).rejects.toMatchObject(refused('properties.amount'));
  // @ts-expect-error properties are missing
  await expect(trail.record('invoice.updated', { actor: ada })).rejects.toMatchObject(refused('properties'));
  // @ts-expect-error the channel is the catalogue's
  expect(actions.entry('user.login', { actor: ada, channel: 'mine' }).channel).toBe('auth');
  // @ts-expect-error an actor is missing
  expect(() => completeEntry(actions.entry('user.login', {}), stamp)).toThrow(AuditError);
});

test('an asynchronous schema requires record; an error in a schema is reported', async () => {
  const trail = actions.for(recorder());
  await expect(trail.record('slow.checked', { actor: ada, properties: { a: 1 } })).resolves.toBe('ok');
  await expect(trail.record('slow.checked', { actor: ada, properties: { a: 2 } })).rejects.toMatchObject({
    code: 'INVALID_ENTRY',
    issues: [{ path: 'properties.a', message: 'not 1' }],
  });
  expect(() => actions.entry('slow.checked', { actor: ada, properties: { a: 1 } })).toThrow('asynchronous');
  await expect(trail.record('broken.checked', { actor: ada, properties: {} })).rejects.toMatchObject({
    code: 'INVALID_ENTRY',
    message: 'the schema of broken.checked failed: oh',
  });
});

test.each([
  ['a name with a space', { 'user login': { description: '' } }, 'user login.action'],
  ['a channel with a space', { 'user.login': { description: '', channel: 'a b' } }, 'user.login.channel'],
  ['a placeholder that is not a field', { 'user.login': { description: '{actr.name}' } }, 'user.login.description'],
])('a definition with %s is refused', (_, definitions, path) => {
  const refused = { code: 'INVALID_ENTRY', issues: [expect.objectContaining({ path })] };
  expect(() => defineActions(definitions as Record<string, { description: string }>)).toThrow(
    expect.objectContaining(refused),
  );
});

test('exports the catalogue as JSON and Markdown', () => {
  const document = JSON.parse(JSON.stringify(actions)) as ReturnType<typeof actions.toJSON>;
  expect(document.actions['invoice.updated']).toMatchObject({
    channel: 'billing',
    target: 'invoice',
    properties: { type: 'object', properties: { amount: { type: 'number' } }, required: ['amount'] },
  });
  expect(document.actions['slow.checked']?.properties).toBe(true);
  expect(document.actions['job.ran']).not.toHaveProperty('description');
  expect(actions.toMarkdown()).toContain(
    '| `invoice.updated` | billing | updated | invoice | {actor.name} set invoice {target.id} to {properties.amount} ({properties.note}, {properties.pin}) | amount: number, note?: string, pin?: string |',
  );
  expect(actions.names).toHaveLength(5);
  const table = defineActions({ 'a.b': { description: 'a | b\n`c` <d>' } }).toMarkdown();
  expect(table).toContain('| a \\| b \\`c\\` \\<d> |');
});

test('in a request: the actor is optional, and the description can use fields of the request', async () => {
  const memory = memoryAudit();
  const trail = actions.for(withRequest(memory));
  await runWithContext({ actor: ada, source: { ip: '192.0.2.7' } }, () => trail.record('user.login', {}));
  expect(memory.entries).toMatchObject([
    { description: 'Ada signed in from 192.0.2.7', actor: ada, source: { ip: '192.0.2.7' } },
  ]);
  const bob = { type: 'user' as const, name: 'Bob' };
  await runWithContext({ actor: ada }, () => trail.record('user.login', { actor: bob }));
  expect(memory.entries[1]).toMatchObject({ description: 'Bob signed in from (unknown)', actor: bob });
  await expect(trail.record('user.login', {})).rejects.toMatchObject({ issues: [{ path: 'actor' }] });
  // @ts-expect-error -- without withRequest() the actor is required
  await expect(actions.for(memory).record('user.login', {})).rejects.toMatchObject({ code: 'INVALID_ENTRY' });
});
