import { createServer, type IncomingMessage, type Server } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { context, metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { LIMITS, parseEntry } from '@auditrail/core';
import { verifyTrail } from '@auditrail/core/verify';
import { createAuditLogger, type AuditLogger } from './audit-logger.ts';
import type { AuditLoggerOptions } from './options.ts';
import { lineHash } from '../chain/chain.ts';
import { FileSpool } from '../spool/file-spool.ts';

interface Request {
  headers: IncomingMessage['headers'];
  url: string;
  body: OtlpLogs;
}

interface OtlpRecord {
  timeUnixNano: string;
  observedTimeUnixNano: string;
  eventName: string;
  traceId?: string;
  spanId?: string;
  body: { stringValue: string };
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

interface OtlpLogs {
  resourceLogs: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] };
    scopeLogs: { logRecords: OtlpRecord[] }[];
  }[];
}

let folder: string;
let server: Server;
let requests: Request[];
let status: number;
let refuse: (body: OtlpLogs) => boolean;
let loggers: AuditLogger[];
const warnings: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'logger-'));
  requests = [];
  warnings.length = 0;
  loggers = [];
  status = 200;
  refuse = () => false;
  server = createServer((request, response) => {
    // A plain collector: it cannot answer what Loki holds.
    if (request.method === 'GET') return void response.writeHead(404).end();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as OtlpLogs;
      const answer = refuse(body) ? 400 : status;
      if (answer === 200 || answer === 400) requests.push({ headers: request.headers, url: request.url ?? '', body });
      response
        .writeHead(answer, { 'content-type': 'application/json' })
        .end(answer === 200 ? '{}' : '{"message":"no"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const logger of loggers) await logger.shutdown({ timeoutMs: 0 });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function openLogger(options: Partial<AuditLoggerOptions & { onFailure: 'reject' }> = {}): AuditLogger {
  const { port } = server.address() as AddressInfo;
  const logger = createAuditLogger({
    service: 'shop',
    spool: folder,
    endpoint: `http://127.0.0.1:${port}`,
    maxBackoffMs: 20,
    timeoutMs: 300,
    integrity: { marks: false },
    log: { warn: (message) => warnings.push(message), error: (message) => warnings.push(message) },
    ...options,
  });
  loggers.push(logger);
  return logger;
}

const records = () =>
  requests.flatMap(({ body }) =>
    body.resourceLogs.flatMap((logs) => logs.scopeLogs.flatMap((scope) => scope.logRecords)),
  );
const login = { action: 'user.login', description: 'Ada signed in', actor: { type: 'user' as const, id: '42' } };

test('an entry is sent as an OpenTelemetry log record', async () => {
  const audit = openLogger({ tenant: 'acme', token: 'secret', headers: { 'x-extra': '1' } });
  const receipt = await audit.record(login);
  await audit.flush();
  const [request] = requests;
  expect(request?.url).toBe('/v1/logs');
  expect(request?.headers).toMatchObject({ 'x-scope-orgid': 'acme', authorization: 'Bearer secret', 'x-extra': '1' });
  expect(request?.body.resourceLogs[0]?.resource.attributes).toContainEqual({
    key: 'service.name',
    value: { stringValue: 'shop' },
  });
  const [record] = records();
  const line = record?.body.stringValue ?? '';
  expect(record?.eventName).toBe('user.login');
  expect(parseEntry(line)).toMatchObject({ ...login, id: receipt.id, time: receipt.time, service: 'shop' });
  expect(lineHash(line)).toBe(receipt.hash);
  expect(record?.observedTimeUnixNano).toBe(record?.timeUnixNano);
  expect(record?.attributes).toContainEqual({ key: 'audit.record.id', value: { stringValue: receipt.id } });
  expect(record?.attributes).toContainEqual({ key: 'audit.integrity.value', value: { stringValue: receipt.hash } });
});

test('entries are in order, numbered and chained, with rising times', async () => {
  const audit = openLogger();
  const receipts = await Promise.all(Array.from({ length: 300 }, () => audit.record(login)));
  await audit.flush();
  const lines = records().map(({ body }) => body.stringValue);
  expect(lines.map(lineHash)).toEqual(receipts.map(({ hash }) => hash));
  lines.map(parseEntry).forEach(({ chain, time }, i, all) => {
    expect(chain).toMatchObject({ seq: i + 1, prev: i === 0 ? null : receipts[i - 1]?.hash });
    expect(time > (all[i - 1]?.time ?? '')).toBe(true);
  });
});

test('undelivered entries are sent after a restart', async () => {
  status = 503;
  const first = openLogger();
  const { id } = await first.record(login);
  await expect(first.flush({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
  expect(await first.shutdown({ timeoutMs: 0 })).toEqual({ pending: 1 });
  status = 200;
  requests = [];
  const second = openLogger();
  const after = await second.record(login);
  await second.flush();
  // The request of the first logger may still be under way: delivery is at least once, and readers compare ids.
  const ids = new Set(records().map(({ body }) => parseEntry(body.stringValue).id));
  expect([...ids]).toEqual([id, after.id]);
});

test('a wrong token does not make an entry a dead letter', async () => {
  status = 401;
  const audit = openLogger();
  await audit.record(login);
  await expect(audit.flush({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
  expect(audit.pending).toBe(1);
  expect(warnings.at(-1)).toContain('401');
});

test('an entry that the collector refuses for good is kept in dead-letters.ndjson', async () => {
  status = 400;
  const audit = openLogger();
  const { id } = await audit.record(login);
  await audit.flush();
  expect(audit.pending).toBe(0);
  const letter = JSON.parse(readFileSync(join(folder, '0', 'dead-letters.ndjson'), 'utf8')) as {
    reason: string;
    line: string;
  };
  expect(letter.reason).toBe('HTTP 400: no');
  expect(parseEntry(letter.line).id).toBe(id);
});

test('a refused entry leaves no hole in the chain', async () => {
  const audit = openLogger();
  await audit.record(login);
  await expect(audit.record({ ...login, action: 'no spaces' })).rejects.toMatchObject({ code: 'INVALID_ENTRY' });
  expect(await audit.record(login)).toMatchObject({ seq: 2 });
});

test('takes the trace of the active span', async () => {
  const audit = openLogger();
  const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  // Without a registered context manager no span is active: replace it.
  const active = jest.spyOn(context, 'active').mockReturnValue(trace.setSpanContext(ROOT_CONTEXT, spanContext));
  await audit.record(login);
  active.mockRestore();
  await audit.flush();
  expect(records()[0]).toMatchObject({ traceId: spanContext.traceId, spanId: spanContext.spanId });
});

test('accepts nothing after shutdown', async () => {
  const audit = openLogger();
  await audit.record(login);
  expect(await audit.shutdown()).toEqual({ pending: 0 });
  await expect(audit.record(login)).rejects.toMatchObject({ code: 'CLOSED' });
});

test('an entry that is too large is cut, and states its original size and hash', async () => {
  const audit = openLogger();
  await audit.record({ ...login, description: 'short', properties: { bulk: 'x'.repeat(2_000_000) } });
  await audit.flush();
  const [record] = records();
  expect(record?.body.stringValue.length).toBeLessThan(LIMITS.lineBytes);
  expect(parseEntry(record?.body.stringValue ?? '')).toMatchObject({
    description: 'short',
    properties: {
      $full: { bytes: expect.any(Number), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    },
  });
});

test('secrets do not reach the disk', async () => {
  const audit = openLogger();
  await audit.record({ ...login, properties: { password: 'hunter2', at: new Date(0) } });
  await audit.flush();
  expect(records()[0]?.body.stringValue).not.toContain('hunter2');
  expect(parseEntry(records()[0]?.body.stringValue ?? '').properties).toEqual({
    password: '[redacted]',
    at: '1970-01-01T00:00:00.000Z',
  });
});

describe('strictness', () => {
  test('delivered: waits for the collector', async () => {
    const audit = openLogger();
    await audit.record(login, { wait: 'delivered' });
    expect(records()).toHaveLength(1);
    expect(audit.pending).toBe(0);
  });

  test('delivered: a refused entry rejects, and its neighbors do not', async () => {
    const audit = openLogger({ wait: 'delivered' });
    refuse = (body) => JSON.stringify(body).includes('poison');
    const all = await Promise.allSettled(
      ['a', 'poison', 'b'].map((description) => audit.record({ ...login, description })),
    );
    expect(all.map(({ status: fate }) => fate)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(all[1]).toMatchObject({ reason: { code: 'DELIVERY_REFUSED' } });
  });

  test('delivered: a shutdown before it rejects, and the entry stays in the spool', async () => {
    status = 503;
    const audit = openLogger();
    const waiting = expect(audit.record(login, { wait: 'delivered' })).rejects.toMatchObject({
      code: 'DELIVERY_TIMEOUT',
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await audit.shutdown({ timeoutMs: 0 })).toEqual({ pending: 1 });
    await waiting;
  });

  test('delivered: rejects after the time-out, and the entry is sent later', async () => {
    status = 503;
    const audit = openLogger({ deliveryTimeoutMs: 5_000 });
    const how = { wait: 'delivered', deliveryTimeoutMs: 50 } as const;
    await expect(audit.record(login, how)).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
    expect(await audit.record(login, { ...how, onFailure: 'report' })).toBeUndefined();
    expect(warnings.at(-1)).toMatch(/was not delivered: .*in the spool/);
    status = 200;
    await audit.record(login, { wait: 'delivered' });
    expect(records()).toHaveLength(3);
  });

  test('stored entries are not counted as dropped again by the calls that waited', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    try {
      const audit = openLogger();
      refuse = () => true;
      await expect(audit.record(login, { wait: 'delivered' })).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' });
      refuse = () => false;
      status = 503;
      const late = audit.record(login, { wait: 'delivered', deliveryTimeoutMs: 20 });
      await expect(late).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
      await reader.forceFlush();
      const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
      const points = all.find(({ descriptor }) => descriptor.name === 'audit.records.dropped')?.dataPoints;
      expect(points?.map(({ value, attributes }) => [attributes['reason'], value])).toEqual([['http_400', 1]]);
    } finally {
      metrics.disable();
      await provider.shutdown();
    }
  });

  test('an unknown value is refused, and never taken for a looser one', async () => {
    const audit = openLogger();
    const record = (how: object) => audit.record(login, how);
    await expect(record({ wait: 'deliverd' })).rejects.toMatchObject({
      code: 'INVALID_ENTRY',
      issues: [{ path: 'wait' }],
    });
    await expect(record({ onFailure: 'rep' })).rejects.toMatchObject({ issues: [{ path: 'onFailure' }] });
    expect(audit.pending).toBe(0);
  });

  test.each([
    ['throws', () => { throw new Error('a bug of the application') }], // prettier-ignore
    ['rejects', (): unknown => Promise.reject(new Error('a bug of the application'))],
  ])('an onError that %s changes nothing, and is logged', async (_, onError: () => void) => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const audit = openLogger({ spoolMaxBytes: 10, onError });
    await expect(audit.record(login)).rejects.toMatchObject({ code: 'SPOOL_FULL' });
    expect(await audit.record(login, { onFailure: 'report' })).toBeUndefined();
    await audit.record(login, { wait: 'none' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(unhandled).not.toHaveBeenCalled();
    expect(warnings.join()).toContain('onError failed: Error: a bug of the application');
    process.off('unhandledRejection', unhandled);
  });

  test('none: resolves before the disk, and a failure is reported', async () => {
    const reported: string[] = [];
    const audit = openLogger({ wait: 'none', spoolMaxBytes: 10, onError: ({ code }) => reported.push(code) });
    expect(await audit.record(login)).toMatchObject({ seq: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reported).toEqual(['SPOOL_FULL']);
  });

  test('report: the call resolves with nothing, and the failure is reported', async () => {
    const reported: string[] = [];
    const audit = openLogger({ onError: ({ code }) => reported.push(code) });
    expect(await audit.record({ ...login, action: 'no spaces' }, { onFailure: 'report' })).toBeUndefined();
    expect(reported).toEqual(['INVALID_ENTRY']);
    expect(warnings.at(-1)).toContain('was not stored');
  });
});

describe('marks of the chain', () => {
  const actions = () => records().map(({ body }) => parseEntry(body.stringValue).action);
  const integrity = {};

  test('surround the entries of a process by default; a process that records nothing writes none', async () => {
    const audit = openLogger({ integrity });
    await audit.record(login);
    await audit.shutdown();
    await openLogger({ integrity }).shutdown();
    expect(actions()).toEqual(['audit.chain.started', 'user.login', 'audit.chain.ended']);
  });

  test('name the previous chain, whatever its last line contains', async () => {
    const spool = FileSpool.open({ folder: join(folder, '0') });
    await spool.append(['{"schema":999}']);
    await spool.close();
    const audit = openLogger({ integrity });
    await audit.record(login);
    await audit.flush();
    expect(warnings.join()).toContain('the previous chain cannot be identified');
    expect(records().at(-1)?.eventName).toBe('user.login');
  });
});

describe('with integrity', () => {
  const key = { id: 'k1', secret: 'a secret of at least thirty-two bytes' };

  test('a stream begins and ends with a mark, has checkpoints, and names its predecessor', async () => {
    const integrity = { key, checkpointEvery: { entries: 2, ms: 60_000 } };
    const first = openLogger({ integrity });
    for (let i = 0; i < 3; i++) await first.record(login);
    await first.shutdown();
    const second = openLogger({ integrity });
    await second.record(login);
    await second.shutdown();
    const trail = records().map(({ body }) => body.stringValue);
    expect(trail.map((line) => parseEntry(line).action)).toEqual([
      ...[
        'audit.chain.started',
        'user.login',
        'user.login',
        'audit.chain.checkpoint',
        'user.login',
        'audit.chain.ended',
      ],
      ...['audit.chain.started', 'user.login', 'audit.chain.ended'],
    ]);
    const report = await verifyTrail(trail, { keys: { k1: key.secret } });
    expect(report.findings).toEqual([]);
    expect(report.ok).toBe(true);
  });
});

test('several loggers share one spool folder; the entries of a dead one are delivered', async () => {
  status = 503;
  const first = openLogger();
  const second = openLogger();
  await Promise.all([first.record(login), second.record(login)]);
  await Promise.all([first.shutdown({ timeoutMs: 0 }), second.shutdown({ timeoutMs: 0 })]);
  status = 200;
  const third = openLogger();
  await third.flush();
  // The sub-spool of the second is not the one that the third took.
  for (let i = 0; i < 100 && records().length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  const streams = new Set(records().map(({ body }) => parseEntry(body.stringValue).chain?.stream));
  expect(streams.size).toBe(2);
});
