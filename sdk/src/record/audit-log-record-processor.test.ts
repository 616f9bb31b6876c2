import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { AuditError, completeEntry, toAttributes, type AuditEntryInput } from '@auditrail/core';
import { auditAttributes, AuditLogRecordProcessor } from './audit-log-record-processor.ts';
import type { AuditLogger } from '../logger/audit-logger.ts';

const receipt = { id: 'x', time: 'x', seq: 1, hash: 'x' };

type Recorder = Pick<AuditLogger, 'record' | 'flush' | 'shutdown'> & { failure: Error | undefined };

function setUp(limits?: { attributeCountLimit: number }) {
  const inputs: AuditEntryInput[] = [];
  const calls: unknown[] = [];
  const errors: unknown[] = [];
  const audit: Recorder = {
    failure: undefined,
    record(input) {
      if (audit.failure) return Promise.reject(audit.failure);
      inputs.push(input);
      return Promise.resolve(receipt);
    },
    flush: (options) => Promise.resolve(void calls.push(['flush', options])),
    shutdown: () => Promise.resolve((calls.push(['shutdown']), { pending: 0 })),
  };
  const processor = new AuditLogRecordProcessor(audit, { onError: (error) => errors.push(error) });
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({
    processors: [new SimpleLogRecordProcessor({ exporter }), processor],
    ...(limits && { logRecordLimits: limits }),
  });
  return { audit, inputs, calls, errors, processor, exporter, provider, logger: provider.getLogger('shop') };
}

const login = { 'audit.action': 'user.login', 'audit.actor.type': 'user', 'audit.actor.id': '42' };

test('an audit record becomes an entry; other records and other processors are not affected', () => {
  const { logger, inputs, exporter } = setUp();
  logger.emit({ body: 'GET /', attributes: { 'url.path': '/' } });
  logger.emit({ body: 'Ada signed in', eventName: 'user.login', attributes: { ...login, 'shop.till': 3 } });
  expect(inputs).toEqual([
    {
      action: 'user.login',
      description: 'Ada signed in',
      actor: { type: 'user', id: '42' },
      properties: { 'shop.till': 3 },
    },
  ]);
  expect(exporter.getFinishedLogRecords()).toHaveLength(2);
});

test('the body may have fields that attributes cannot hold', () => {
  const { logger, inputs } = setUp();
  logger.emit({
    body: {
      description: 'Ada failed',
      error: { code: 'E1', message: 'long' },
      changes: [{ path: 'amount', before: 1, after: { of: [2] } }],
      properties: { a: 1, b: 1 },
    },
    attributes: { ...login, 'error.message': 'short', b: 2 },
  });
  expect(inputs).toEqual([
    {
      action: 'user.login',
      description: 'Ada failed',
      actor: { type: 'user', id: '42' },
      error: { code: 'E1', message: 'short' },
      changes: [{ path: 'amount', before: 1, after: { of: [2] } }],
      properties: { a: 1, b: 2 },
    },
  ]);
});

test('an entry that was converted to a record comes back unchanged', () => {
  const { logger, inputs } = setUp();
  const input = {
    action: 'invoice.updated',
    description: 'changed',
    actor: { type: 'user', id: '7', email: 'ada@example.com', groups: ['a', 'b'] },
    scope: { project: 'apollo' },
    request: { method: 'PUT', status: 200 },
  } satisfies AuditEntryInput;
  const id = '019a8f3e-7a10-7000-8000-000000000001';
  const stamp = { id, time: '2026-11-21T06:18:19Z', service: 'shop', chain: { stream: 's', seq: 1, prev: null } };
  logger.emit({ body: input.description, attributes: toAttributes(completeEntry(input, stamp)) });
  expect(inputs).toEqual([
    { ...input, id, event: 'updated', channel: 'invoice', category: 'user', outcome: 'success' },
  ]);
});

test('takes trace and time from the record if it has them', () => {
  const { logger, inputs } = setUp();
  const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  const context = trace.setSpanContext(ROOT_CONTEXT, spanContext);
  logger.emit({ body: 'x', attributes: login, context, timestamp: [1_700_000_000, 123_456_789] });
  expect(inputs[0]).toMatchObject({
    trace: { traceId: spanContext.traceId, spanId: spanContext.spanId },
    time: '2023-11-14T22:13:20.123456789Z',
  });
});

test.each([
  ['no actor', { body: 'x', attributes: { 'audit.action': 'user.login' } }, 'actor'],
  ['no description', { attributes: login }, 'description'],
  ['an invalid action', { body: 'x', attributes: { ...login, 'audit.action': 'no spaces' } }, 'action'],
  ['an action that is not a string', { body: 'x', attributes: { ...login, 'audit.action': 5 } }, 'action'],
  ['another event name', { body: 'x', eventName: 'user.logout', attributes: login }, 'action'],
  ['an unknown field in the body', { body: { description: 'x', colour: 'red' }, attributes: login }, ''],
  ['a body that is not a string', { body: 5, attributes: login }, 'description'],
])('emit throws at %s', (_, record, path) => {
  const { logger, inputs } = setUp();
  let thrown: unknown;
  try {
    logger.emit(record);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AuditError);
  expect(thrown).toMatchObject({ code: 'INVALID_ENTRY', issues: [{ path }] });
  expect(inputs).toEqual([]);
});

test.each([1.7e18, NaN, Infinity, new Date(NaN), [Infinity, 0] as [number, number]])(
  'an invalid timestamp is refused with a code: %s',
  (timestamp) => {
    const { logger } = setUp();
    const emit = () => logger.emit({ body: 'x', timestamp, attributes: login });
    expect(emit).toThrow(
      expect.objectContaining({ code: 'INVALID_ENTRY', issues: [expect.objectContaining({ path: 'time' })] }),
    );
  },
);

test('a number as timestamp is milliseconds, also with a fraction', () => {
  const { logger, inputs } = setUp();
  logger.emit({ body: 'x', timestamp: 1_700_000_000_000.5, attributes: login });
  logger.emit({ body: 'x', timestamp: [1_700_000_000, 2.5], attributes: login });
  expect(inputs.map(({ time }) => time)).toEqual(['2023-11-14T22:13:20.000500000Z', '2023-11-14T22:13:20.000000002Z']);
});

test('values that OpenTelemetry would drop from the attributes are converted', () => {
  const values = {
    ...login,
    error: new TypeError('no'),
    at: new Date(0),
    ids: [1n, new Map([['a', 2n]])],
    none: undefined,
  };
  const { logger, inputs } = setUp();
  logger.emit({ body: 'x', attributes: { ...login, error: new TypeError('no') } });
  logger.emit({ body: 'x', attributes: auditAttributes(values) });
  expect(inputs.map(({ properties }) => properties)).toEqual([
    undefined,
    { error: { name: 'TypeError', message: 'no' }, at: '1970-01-01T00:00:00.000Z', ids: ['1', { a: '2' }] },
  ]);
});

test('emit throws if the provider dropped attributes', () => {
  const { logger } = setUp({ attributeCountLimit: 3 });
  expect(() => logger.emit({ body: 'x', attributes: { ...login, 'audit.channel': 'auth' } })).toThrow(
    'logRecordLimits',
  );
});

test('a record that could not be stored is reported, and forceFlush rejects once', async () => {
  const { logger, audit, errors, calls, provider, processor } = setUp();
  audit.failure = new AuditError('SPOOL_FULL', 'full');
  logger.emit({ body: 'x', attributes: login });
  logger.emit({ body: 'x', attributes: login });
  await expect(provider.forceFlush()).rejects.toMatchObject({ code: 'SPOOL_FULL', cause: audit.failure });
  expect(errors).toEqual([audit.failure, audit.failure]);
  expect(calls).toEqual([]);
  audit.failure = undefined;
  logger.emit({ body: 'x', attributes: login });
  await processor.forceFlush({ timeoutMillis: 70 });
  expect(calls).toEqual([['flush', { timeoutMs: 70 }]]);
});

test("the provider's shutdown shuts the logger down, also after a failure", async () => {
  const { logger, audit, calls, provider } = setUp();
  audit.failure = new AuditError('SPOOL_FULL', 'full');
  logger.emit({ body: 'x', attributes: login });
  await expect(provider.shutdown()).rejects.toMatchObject({ code: 'SPOOL_FULL' });
  expect(calls).toEqual([['shutdown']]);
});
