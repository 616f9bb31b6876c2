import { LIMITS } from '@auditrail/core';
import { defineActions } from '../actions/define-actions.ts';
import { runWithContext } from '../context/request-context.ts';
import { withRequest } from '../context/with-request.ts';
import { memoryAudit } from '../logger/testing.ts';
import { failedFields, isDenied } from './denial.ts';

const admin = { type: 'user', id: '1', name: 'Ada' } as const;
const customer = { type: 'user', id: '7', name: 'Grace', email: 'Grace@Example.com' } as const;
const bot = { type: 'agent', id: 'bot', name: 'support-bot', agent: { name: 'support-bot', model: 'm-5' } } as const;
const emptied = { action: 'cart.emptied', description: 'Emptied the cart' };

test('the actor is who acts, and the list names for whom', async () => {
  const audit = memoryAudit();
  await audit.as(admin).record(emptied);
  await audit.as(admin).onBehalfOf(customer).record(emptied);
  await audit
    .as(bot)
    .onBehalfOf(admin)
    .onBehalfOf(customer)
    .record({ ...emptied, reason: 'OPS-7' });
  expect(audit.entries.map(({ actor, onBehalfOf }) => [actor, onBehalfOf])).toEqual([
    [admin, undefined],
    [admin, [customer]],
    [bot, [admin, customer]],
  ]);
});

test('a refused attempt is a failure with the code DENIED', async () => {
  const audit = memoryAudit();
  await audit.denied({ action: 'order.deleted', description: 'Tried to delete order 7', actor: customer });
  await audit
    .as(bot)
    .onBehalfOf(customer)
    .denied({ ...emptied, event: 'blocked', error: { message: 'no role' } });
  expect(audit.entries).toMatchObject([
    { event: 'denied', outcome: 'failure', error: { code: 'DENIED', message: 'permission denied' } },
    { event: 'blocked', outcome: 'failure', error: { code: 'DENIED', message: 'no role' }, onBehalfOf: [customer] },
  ]);
});

test.each([
  [403, true],
  [401, false],
  [404, false],
  [500, false],
  [200, false],
  [undefined, false],
])('a request that ended with %s was denied: %s', (status, denied) => {
  expect(isDenied(status)).toBe(denied);
  const { error, event } = failedFields({ message: 'no', code: 'NO' }, status);
  expect([error, event]).toEqual([{ message: 'no', code: denied ? 'DENIED' : 'NO' }, denied ? 'denied' : undefined]);
});

test('in a request, both take the fields of the request', async () => {
  const memory = memoryAudit();
  const audit = withRequest(memory);
  const context = { actor: admin, onBehalfOf: [customer], authContext: 'ui', request: { id: 'r1', method: 'POST' } };
  await runWithContext(context, async () => {
    await audit.record(emptied);
    await audit.denied(emptied);
    await audit.as(bot).record(emptied);
  });
  expect(memory.entries).toMatchObject([
    { actor: admin, onBehalfOf: [customer], authContext: 'ui', request: { id: 'r1' } },
    { actor: admin, onBehalfOf: [customer], outcome: 'failure', request: { id: 'r1' } },
    { actor: bot, authContext: 'ui', request: { id: 'r1' } },
  ]);
  // The persons of the request belong to its own actor.
  expect(memory.entries[2]).not.toHaveProperty('onBehalfOf');
});

test('a list that is too long is cut, and the entry states it', async () => {
  const audit = memoryAudit();
  const groups = [...Array.from({ length: LIMITS.groups + 5 }, (_, i) => `g${i}`)];
  const related = Array.from({ length: LIMITS.related + 3 }, (_, i) => ({ type: 'order', id: String(i) }));
  const long = 'é'.repeat(LIMITS.groupBytes);
  await audit.record({ ...emptied, actor: { ...admin, groups: [long, ...groups] }, related });
  const [entry] = audit.entries;
  expect(entry?.actor.groups).toEqual(['é'.repeat(LIMITS.groupBytes / 2), ...groups.slice(0, LIMITS.groups - 1)]);
  expect(entry?.related).toEqual(related.slice(0, LIMITS.related));
  expect(entry?.properties).toEqual({ $left_out: { 'actor.groups': 7, related: 3 } });
});

test('identities of others are kept, and secrets in them are hidden and listed', async () => {
  const audit = memoryAudit();
  const id = 'AKIAIOSFODNN7EXAMPLE';
  await audit
    .as(bot)
    .onBehalfOf({ ...customer, id })
    .record({
      ...emptied,
      related: [
        { type: 'key', id },
        { type: 'note', name: 'password=hunter2hunter2' },
      ],
    });
  const [entry] = audit.entries;
  expect(entry?.onBehalfOf).toEqual([{ ...customer, id }]);
  expect(entry?.related?.[0]).toEqual({ type: 'key', id });
  expect(JSON.stringify(entry?.related)).not.toContain('hunter2');
  expect(entry?.properties).toEqual({ $redacted: ['related.name'] });
});

test('typed actions name the actor of as(), also in a request, and can name for whom', async () => {
  const memory = memoryAudit();
  const actions = defineActions({
    'cart.emptied': { description: '{actor} emptied the cart for {onBehalfOf}: {reason}' },
  });
  const acting = withRequest(memory).as(bot);
  await runWithContext({ actor: admin, onBehalfOf: [customer] }, async () => {
    await actions.for(acting.onBehalfOf(customer)).record('cart.emptied', { reason: 'OPS-7' });
    await actions.for(acting).record('cart.emptied', {});
  });
  expect(
    memory.entries.map(({ actor, onBehalfOf, description }) => [actor.id, onBehalfOf?.length, description]),
  ).toEqual([
    ['bot', 1, 'support-bot emptied the cart for Grace: OPS-7'],
    ['bot', undefined, 'support-bot emptied the cart for (unknown): (unknown)'],
  ]);
});
