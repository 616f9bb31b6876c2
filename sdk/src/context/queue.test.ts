import { memoryAudit } from '../logger/testing.ts';
import { carry, resume } from './queue.ts';
import { runWithContext, type RequestContext } from './request-context.ts';
import { withRequest } from './with-request.ts';

const input = { action: 'order.refunded', description: 'Refunded' };
const context: RequestContext = {
  actor: { type: 'user', id: '7', name: 'Ada' },
  onBehalfOf: [{ type: 'user', id: '9' }],
  authContext: 'ui',
  source: { ip: '192.0.2.7', sessionId: 'abc' },
  request: { method: 'POST', endpoint: '/orders/:id', id: 'r-1', status: 202 },
  trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
};

let audit: ReturnType<typeof memoryAudit>;
let logged: string[];
const log = { warn: () => undefined, error: (message: string) => logged.push(message) };
const record = () => withRequest(audit).record(input);
beforeEach(() => {
  audit = memoryAudit();
  logged = [];
});

test('a message has the context of its request, across JSON', async () => {
  const message = runWithContext(context, () => carry({ orderId: 42 }));
  expect(message.orderId).toBe(42);
  await resume(JSON.parse(JSON.stringify(message)), record, { name: 'refund' });
  expect(audit.entries).toMatchObject([
    { ...context, request: { method: 'POST', endpoint: '/orders/:id', id: 'r-1', operation: 'refund' } },
  ]);
  expect(audit.entries[0]?.request).not.toHaveProperty('status');
});

test('the context is that of the moment of sending, not of later', async () => {
  let actor: { type: 'user'; id: string } = { type: 'user', id: '7' };
  const live = {
    get actor() {
      return actor;
    },
  };
  const message = runWithContext(live, () => carry({}));
  actor = { type: 'user', id: '8' };
  await resume(message, record);
  expect(audit.entries).toMatchObject([{ actor: { id: '7' } }]);
});

test('a context that JSON cannot hold does not stop the request', () => {
  const message = { orderId: 42 };
  const odd = { actor: { type: 'user', id: 7n as unknown as string } } as const;
  expect(runWithContext(odd, () => carry(message, { log }))).toEqual(message);
  expect(logged).toEqual([expect.stringContaining('a message is sent without its context')]);
});

test('without a request the message is unchanged, and the job is the actor', async () => {
  const message = { orderId: 42 };
  expect(carry(message)).toEqual(message);
  await resume(message, record, { name: 'nightly' });
  await resume(undefined, record);
  expect(audit.entries).toMatchObject([
    { actor: { type: 'system', id: 'nightly' }, category: 'task', request: { operation: 'nightly' } },
    { actor: { type: 'system', id: 'queue' } },
  ]);
});

test.each<[string, unknown]>([
  ['no actor', {}],
  ['an unknown type of actor', { actor: { type: 'root' } }],
  ['a list', [1]],
  ['a source that is no object', { actor: { type: 'user' }, source: 'x' }],
])('a context that is not valid does not stop the job: %s', async (_, auditContext) => {
  await resume({ auditContext }, record, { name: 'refund', log });
  expect(audit.entries).toMatchObject([{ actor: { type: 'system', id: 'refund' } }]);
  expect(logged).toEqual([expect.stringContaining('the context of a message is not valid')]);
});

test('returns what the work returns, and passes on its error', async () => {
  expect(resume({}, () => 3)).toBe(3);
  await expect(resume({}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('a context in the body of a request is removed', () => {
  const body = { orderId: 42, auditContext: { actor: { type: 'user' as const, id: 'ceo' } } };
  expect(carry(body)).toEqual({ orderId: 42 });
  const carried = runWithContext({ actor: { type: 'user', id: '7' } }, () => carry(body));
  expect(carried.auditContext?.actor).toEqual({ type: 'user', id: '7' });
});
