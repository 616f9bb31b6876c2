import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { parseEntry } from '@auditrail/core';
import { AuditLogRecordProcessor, createAuditLogger, type AuditLogger } from '@auditrail/sdk';
import { testStack, uniqueTenant } from '../../../stack/src/testing/test-stack.ts';
import { waitForTrail } from '../../../stack/src/testing/index.ts';
import { otlpTransport } from './otlp-transport.ts';

const stack = testStack();
let folder: string;
let audit: AuditLogger;
let tenant: string;

function open(name: string, endpoint = stack.urls.collector): void {
  tenant = uniqueTenant(name);
  folder = mkdtempSync(join(tmpdir(), 'sending-'));
  const log = { warn: () => undefined, error: () => undefined };
  const { write: token } = stack.tokensFor(tenant);
  audit = createAuditLogger({
    service: 'sending',
    spool: folder,
    tenant,
    endpoint,
    token,
    log,
    maxBackoffMs: 50,
    integrity: { marks: false },
  });
}

afterEach(async () => {
  await audit.shutdown();
  rmSync(folder, { recursive: true, force: true });
});

test('records of an existing LoggerProvider are in the trail, complete', async () => {
  open('processor');
  const provider = new LoggerProvider({ processors: [new AuditLogRecordProcessor(audit)] });
  const logger = provider.getLogger('shop');
  logger.emit({ body: 'GET /', attributes: { 'url.path': '/' } });
  logger.emit({
    eventName: 'invoice.updated',
    body: { description: 'Ada changed invoice 42', changes: [{ path: 'amount', before: 100, after: 120 }] },
    attributes: {
      'audit.action': 'invoice.updated',
      'audit.actor.type': 'user',
      'audit.actor.id': '7',
      'user.email': 'ada@example.com',
      'audit.target.type': 'invoice',
      'audit.target.id': '42',
      'shop.till': 3,
    },
  });
  await provider.forceFlush();
  const [found, ...others] = await waitForTrail(stack, tenant, 1);
  expect(others).toEqual([]);
  expect(found?.entry).toMatchObject({
    action: 'invoice.updated',
    description: 'Ada changed invoice 42',
    actor: { type: 'user', id: '7', email: 'ada@example.com' },
    target: { type: 'invoice', id: '42' },
    changes: [{ path: 'amount', before: 100, after: 120 }],
    properties: { 'shop.till': 3 },
    chain: { seq: expect.any(Number) },
  });
});

// Between SDK and collector: like a strict proxy, refuses requests with a certain word and large ones; sometimes it is down.
async function strictProxy(maxBytes: number): Promise<{ server: Server; url: string; refused: () => number }> {
  let refused = 0;
  let turn = 0;
  const server = createServer((incoming, response) => {
    // It passes only entries: they cannot be read back.
    if (incoming.method !== 'POST') return void response.writeHead(403).end();
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const plain = gunzipSync(body);
      turn += 1;
      if (turn % 5 === 0) return void incoming.socket.resetAndDestroy();
      if (turn % 7 === 0) return void response.writeHead(503, { 'retry-after': '0' }).end();
      if (plain.length > maxBytes) return void response.writeHead(413, { 'content-type': 'text/html' }).end('<html>');
      if (plain.includes('poison')) {
        refused += 1;
        return void response
          .writeHead(400, { 'content-type': 'application/json' })
          .end('{"code":3,"message":"poison"}');
      }
      const onward = httpRequest(
        `${stack.urls.collector}${incoming.url}`,
        { method: 'POST', headers: incoming.headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on('error', () => response.writeHead(502).end());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, refused: () => refused };
}

test('through a proxy that refuses, cuts off and fails: bad entries become dead letters, all others arrive', async () => {
  const { server, url, refused } = await strictProxy(60_000);
  open('strict-proxy', url);
  const inputs = Array.from({ length: 400 }, (_, i) => ({
    action: 'order.placed',
    description: i % 150 === 7 ? `poison ${i}` : `order ${i}`,
    actor: { type: 'user' as const, id: String(i) },
  }));
  const receipts = await Promise.all(inputs.map((input) => audit.record(input)));
  await audit.flush({ timeoutMs: 25_000 });
  const bad = receipts.filter((_, i) => inputs[i]?.description.startsWith('poison')).map(({ id }) => id);
  expect(bad).toHaveLength(3);
  const letters = readFileSync(join(folder, '0', 'dead-letters.ndjson'), 'utf8')
    .trim()
    .split('\n');
  expect(letters.map((text) => parseEntry((JSON.parse(text) as { line: string }).line).id)).toEqual(bad);
  expect(refused()).toBeGreaterThan(3);
  const good = receipts.map(({ id }) => id).filter((id) => !bad.includes(id));
  const trail = await waitForTrail(stack, tenant, good.length);
  expect(trail.map(({ entry }) => entry?.id).reverse()).toEqual(good);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('the real gateway answers a wrong token and a wrong path as the transport expects', async () => {
  open('answers');
  const { id } = await audit.record({ action: 'user.login', description: 'x', actor: { type: 'user', id: '1' } });
  await audit.flush();
  const [found] = await waitForTrail(stack, tenant, 1);
  expect(found?.entry?.id).toBe(id);
  const line = found?.line ?? '';
  const base = {
    service: 'sending',
    headers: { 'X-Scope-OrgID': tenant },
    timeoutMs: 5_000,
    token: stack.tokensFor(tenant).write,
  };
  const outcome = async (options: { endpoint?: string; token?: string }) => {
    const transport = otlpTransport({ ...base, endpoint: stack.urls.collector, ...options });
    const result = await transport.send([line]);
    await transport.shutdown();
    return result;
  };
  expect(await outcome({})).toMatchObject({ outcome: 'accepted', sent: 1 });
  expect(await outcome({ token: 'wrong' })).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('HTTP 401'),
  });
  expect(await outcome({ endpoint: `${stack.urls.collector}/v1` })).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('HTTP 403: the gateway lets only reads of Loki through, POST /v1/logs'),
  });
});
