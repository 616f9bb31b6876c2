import { NEVER, Observable } from 'rxjs';
import { parseEntry } from '@auditrail/core';
import { LOKI_PATHS } from '@auditrail/core/loki';
import type * as Runtime from '@grafana/runtime';
import { FakeBackend } from '../testing/fake-backend.ts';
import { FakeLoki, storedLine } from '../testing/fake-loki.ts';
import { writeOwnEntry } from './audit-writer.ts';
import { explainError, explainWriteError } from './explain-error.ts';
import { grafanaRequest } from './grafana-request.ts';
import { lokiClientFor } from './loki-clients.ts';
import { readDatasources, testConnection } from './plugin-settings.ts';

let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  getBackendSrv: () => backend.service,
}));
beforeEach(() => (backend = new FakeBackend()));

const request = { method: 'GET', url: '/x' };

describe('a request', () => {
  test('returns the body, and shows no alert', async () => {
    backend.reply = () => ({ data: { a: 1 } });
    await expect(grafanaRequest(request)).resolves.toEqual({ a: 1 });
    expect(backend.requests).toEqual([{ ...request, showErrorAlert: false, showSuccessAlert: false }]);
  });

  test.each([
    [502, '', 'LOKI_UNREACHABLE', 'no answer'],
    [0, undefined, 'LOKI_UNREACHABLE', 'no answer'],
    [504, 'timeout', 'LOKI_UNREACHABLE', 'timeout'],
    [400, 'parse error at line 1', 'LOKI_REFUSED', '400: parse error at line 1'],
    [403, { message: 'plugin proxy route access denied' }, 'LOKI_REFUSED', '403: plugin proxy route access denied'],
    [401, { status: 'error', error: 'unknown token' }, 'LOKI_REFUSED', '401: unknown token'],
    [500, '<html>sorry</html>', 'LOKI_REFUSED', '500'],
  ])('refused with %d %j is %s', async (status, data, code, message) => {
    backend.reply = () => ({ status, data });
    await expect(grafanaRequest(request)).rejects.toMatchObject({ code, message });
  });

  test('that is aborted ends and rejects with the reason', async () => {
    const ended = jest.fn();
    backend.reply = () => new Observable(() => ended);
    const controller = new AbortController();
    const answer = grafanaRequest(request, controller.signal);
    expect(ended).not.toHaveBeenCalled();
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('that is aborted before is not sent', async () => {
    backend.reply = () => NEVER;
    await expect(grafanaRequest(request, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(backend.requests).toHaveLength(0);
  });
});

test.each([
  ['route', '/api/plugin-proxy/auditrail-auditlog-app/loki/api/v1/query_range'],
  ['datasource', '/api/datasources/uid/a%2Fb/resources/query_range'],
] as const)('reading through a %s asks at its address', async (source, url) => {
  await lokiClientFor({ source, datasourceUid: 'a/b' }).get(LOKI_PATHS.queryRange, { query: '{}' });
  expect(backend.requests[0]).toMatchObject({ method: 'GET', url, params: { query: '{}' } });
});

test('a route that Grafana refused is distinguished from a refusal of Loki', async () => {
  backend.reply = () => ({ status: 403, data: { message: 'plugin proxy route access denied' } });
  const error: unknown = await grafanaRequest(request).catch((caught: unknown) => caught);
  expect(explainError(error).cause).toBe('You do not have permission to read the audit log');
});

test.each([
  [{ status: 502, data: '' }, 'The gateway cannot be reached', 'The gateway cannot be reached'],
  [
    { status: 502, statusText: 'Bad Gateway', data: { message: 'Bad Gateway' } },
    'The gateway cannot be reached',
    'The gateway cannot be reached',
  ],
  [{ status: 0, data: undefined }, 'The gateway cannot be reached', 'The gateway cannot be reached'],
  [
    { status: 502, data: { error: 'no answer of Loki' } },
    'Loki cannot be reached',
    'The collector did not accept the entry',
  ],
  [
    { status: 401, data: { error: 'unknown' } },
    'The gateway does not recognize the token',
    'The gateway does not recognize the token',
  ],
  [{ status: 403, data: { error: 'role' } }, 'The request was refused', 'The request was refused'],
  [
    { status: 503, data: { status: 'error', error: 'the gateway cannot read its file of tokens' } },
    'The gateway cannot check the token',
    'The gateway cannot check the token',
  ],
  [{ status: 503, data: 'too many requests' }, 'Loki is too busy to answer', 'The collector did not accept the entry'],
  [{ status: 400, data: 'no' }, 'Loki refused the query', 'The collector did not accept the entry'],
])('%j is explained by who refused, for reading and for writing', async (reply, reading, writing) => {
  backend.reply = () => reply;
  const error: unknown = await grafanaRequest(request).catch((caught: unknown) => caught);
  expect(explainError(error).cause).toBe(reading);
  expect(explainWriteError(error).cause).toBe(writing);
});

test('only Loki data sources, sorted by name', async () => {
  backend.reply = () => ({
    data: [
      { uid: '2', name: 'b', type: 'loki' },
      { uid: '3', name: 'c', type: 'prometheus' },
      { uid: '1', name: 'a', type: 'loki' },
      null,
    ],
  });
  await expect(readDatasources(['loki'])).resolves.toEqual([
    { uid: '1', name: 'a' },
    { uid: '2', name: 'b' },
  ]);
});

test('the connection test reports retention, limits, the newest entry, and the entries of a day', async () => {
  const loki = new FakeLoki();
  await expect(testConnection(loki)).resolves.toEqual({
    retention: '8760h0m0s',
    maxEntries: 5000,
    lastDay: 0,
  });
  loki.lines = [1, 2, 30].map((hours) => storedLine({ time: new Date(Date.now() - hours * 3_600_000).toISOString() }));
  await expect(testConnection(loki)).resolves.toMatchObject({ newest: loki.lines[0]?.[0], lastDay: 2 });
});

describe('an entry of the app’s own', () => {
  const input = { action: 'audit.settings.updated', description: 'Changed', properties: { source: 'route' } };

  test('is a valid entry in an OTLP record', async () => {
    await writeOwnEntry(input);
    const [sent] = backend.requests;
    expect(sent).toMatchObject({ method: 'POST', url: '/api/plugin-proxy/auditrail-auditlog-app/v1/logs' });
    const data = sent?.data as { resourceLogs: [{ scopeLogs: [{ logRecords: [Record<string, unknown>] }] }] };
    const record = data.resourceLogs[0].scopeLogs[0].logRecords[0];
    const entry = parseEntry((record.body as { stringValue: string }).stringValue);
    expect(entry).toMatchObject({
      ...input,
      event: 'updated',
      channel: 'audit',
      outcome: 'success',
      service: 'grafana',
    });
    expect(record.timeUnixNano).toBe(String(BigInt(Date.parse(entry.time)) * 1_000_000n));
    expect(record.eventName).toBe(input.action);
    expect(record.attributes).toContainEqual({ key: 'audit.record.id', value: { stringValue: entry.id } });
    expect(record.attributes).toContainEqual({ key: 'audit.schema.version', value: { intValue: '2' } });
  });

  test.each([
    ['refused', () => ({ status: 401, data: 'unauthorized' }), '401: unauthorized'],
    [
      'thrown away',
      () => ({ data: { partialSuccess: { rejectedLogRecords: '1', errorMessage: 'no' } } }),
      'rejected the entry: no',
    ],
  ])('that was %s is an error', async (_, reply, message) => {
    backend.reply = reply;
    await expect(writeOwnEntry(input)).rejects.toThrow(message);
  });
});
