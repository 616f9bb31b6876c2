import { context as otel, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { memoryAudit } from '../logger/testing.ts';
import { currentContext, runWithContext } from './request-context.ts';
import { withRequest } from './with-request.ts';

const ada = { type: 'user', id: '1', name: 'Ada' } as const;
const input = { action: 'order.placed', description: 'Order placed' };

test('fills in the fields of the context; fields of the entry win', async () => {
  const audit = memoryAudit();
  const context = {
    actor: ada,
    authContext: 'ui',
    source: { ip: '192.0.2.7', userAgent: 'Browser' },
    request: { method: 'POST', endpoint: '/orders' },
  };
  await runWithContext(context, async () => {
    await withRequest(audit).record(input);
    await withRequest(audit).record({
      ...input,
      actor: { type: 'api_key', id: 'k' },
      source: { ip: '198.51.100.1', userAgent: undefined },
      request: { status: 201 },
    });
  });
  expect(audit.entries).toMatchObject([
    { actor: ada, authContext: 'ui', source: context.source, request: context.request },
    { source: { ip: '198.51.100.1', userAgent: 'Browser' }, request: { ...context.request, status: 201 } },
  ]);
  // Actors are never merged.
  expect(audit.entries[1]?.actor).toEqual({ type: 'api_key', id: 'k' });
});

test('without a signed-in user the actor is an unnamed user; outside a request it is required', async () => {
  const audit = memoryAudit();
  await runWithContext({}, () => withRequest(audit).record(input));
  expect(audit.entries[0]?.actor).toEqual({ type: 'user' });
  await expect(withRequest(audit).record(input)).rejects.toMatchObject({
    code: 'INVALID_ENTRY',
    issues: [{ path: 'actor' }],
  });
  await withRequest(audit).record({ ...input, actor: ada });
  expect(audit.entries).toHaveLength(2);
});

test('the person for whom somebody acts belongs to the actor', async () => {
  const audit = memoryAudit();
  const customer = { type: 'user', id: '9' } as const;
  await runWithContext({ actor: ada, onBehalfOf: [customer] }, async () => {
    await withRequest(audit).record(input);
    await withRequest(audit).record({ ...input, actor: { type: 'system', id: 'relay' } });
  });
  expect(audit.entries.map(({ onBehalfOf }) => onBehalfOf)).toEqual([[customer], undefined]);
});

test('the active span wins over the trace from the start of the request', async () => {
  const audit = memoryAudit();
  const [early, late] = ['a', 'b'].map((c) => ({ traceId: c.repeat(32), spanId: c.repeat(16) })) as [
    { traceId: string; spanId: string },
    { traceId: string; spanId: string },
  ];
  otel.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  try {
    await runWithContext({ trace: early }, async () => {
      await withRequest(audit).record(input);
      const active = trace.setSpanContext(ROOT_CONTEXT, { ...late, traceFlags: 1 });
      await otel.with(active, () => withRequest(audit).record(input));
    });
  } finally {
    otel.disable();
  }
  expect(audit.entries.map((entry) => entry.trace)).toEqual([early, late]);
});

test('other members work as before, including private fields, and further arguments are passed on', async () => {
  class Logger {
    #pending = 3;
    seen: unknown[] = [];
    get pending() {
      return this.#pending;
    }
    flush() {
      return Promise.resolve(this.#pending);
    }
    record(...args: unknown[]) {
      this.seen.push(args[1]);
      return Promise.resolve({ id: '', time: '', seq: this.#pending, hash: '' });
    }
  }
  const logger = new Logger();
  const wrapped = withRequest(withRequest(logger));
  expect(wrapped.pending).toBe(3);
  await expect(wrapped.flush()).resolves.toBe(3);
  const { record } = wrapped as { record: (...args: unknown[]) => Promise<{ seq: number }> };
  await expect(record({ ...input, actor: ada }, { wait: 'none' })).resolves.toMatchObject({ seq: 3 });
  expect(logger.seen).toEqual([{ wait: 'none' }]);
});

test('a context ends with its work, even if the work throws', async () => {
  expect(() =>
    runWithContext({ actor: ada }, () => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(currentContext()).toBeUndefined();
  await expect(runWithContext({ actor: ada }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(currentContext()).toBeUndefined();
});

test('two copies of the module share their contexts', () => {
  jest.isolateModules(() => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const copy = require('./request-context.ts') as { currentContext: typeof currentContext };
    expect(copy.currentContext).not.toBe(currentContext);
    expect(runWithContext({ actor: ada }, () => copy.currentContext()?.actor)).toBe(ada);
  });
});
