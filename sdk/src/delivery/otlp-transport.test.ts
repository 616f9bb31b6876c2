import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { canonicalJson, completeEntry } from '@auditrail/core';
import { uuidv7 } from 'uuidv7';
import { otlpTransport, type OtlpTransportOptions, type Transport } from './otlp-transport.ts';
import { makeCertificates } from '../testing/certificates.ts';

function line(description = 'Ada signed in'): string {
  const stamp = { id: uuidv7(), time: '2026-11-21T06:18:19.123456789Z', service: 'shop' };
  return canonicalJson(completeEntry({ action: 'user.login', description, actor: { type: 'user', id: '42' } }, stamp));
}

interface Received {
  headers: IncomingMessage['headers'];
  url: string;
  lines: string[];
  bytes: number;
}
interface OtlpLogs {
  resourceLogs: { scopeLogs: { logRecords: { body: { stringValue: string } }[] }[] }[];
}

let server: Server | undefined;
const transports: Transport[] = [];
let received: Received[] = [];
let connections: Socket[] = [];

afterEach(async () => {
  for (const transport of transports.splice(0)) await transport.shutdown();
  received = [];
  connections = [];
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

async function listen(made: Server): Promise<number> {
  server = made;
  server.on('connection', (socket: Socket) => connections.push(socket));
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return (made.address() as AddressInfo).port;
}

// Reads the request to its end, then answers.
function reading(answer: (response: ServerResponse, request: IncomingMessage) => void): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = gunzipSync(Buffer.concat(chunks));
      const { resourceLogs } = JSON.parse(body.toString()) as OtlpLogs;
      const logs = resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
      const lines = logs.map((record) => record.body.stringValue);
      received.push({ headers: request.headers, url: request.url ?? '', lines, bytes: body.length });
      answer(response, request);
    });
  };
}

const json = { 'content-type': 'application/json' };
const replying = (status: number, headers: Record<string, string>, body: string | Buffer = '') =>
  reading((response) => response.writeHead(status, headers).end(body));

function open(port: number, options: Partial<OtlpTransportOptions> = {}): Transport {
  const endpoint = `http://127.0.0.1:${port}`;
  const transport = otlpTransport({ service: 'shop', endpoint, headers: {}, timeoutMs: 5_000, ...options });
  transports.push(transport);
  return transport;
}

async function sendTo(listener: RequestListener, options?: Partial<OtlpTransportOptions>, lines = [line()]) {
  return open(await listen(createServer(listener)), options).send(lines);
}

test('sends every line, in order, over one connection, with token and headers', async () => {
  const port = await listen(createServer(replying(200, json, '{}')));
  let tokens = 0;
  const transport = open(port, { token: () => `t${++tokens}`, headers: { 'X-Scope-OrgID': 'acme' } });
  const lines = Array.from({ length: 250 }, (_, i) => line(`entry ${i} 😀`));
  expect(await transport.send(lines)).toMatchObject({ outcome: 'accepted', sent: 250 });
  expect(await transport.send(lines.slice(0, 1))).toMatchObject({ outcome: 'accepted', sent: 1 });
  expect(received[0]?.lines).toEqual(lines);
  expect(received[0]?.url).toBe('/v1/logs');
  expect(received.map(({ headers }) => [headers.authorization, headers['x-scope-orgid']])).toEqual([
    ['Bearer t1', 'acme'],
    ['Bearer t2', 'acme'],
  ]);
  expect(connections).toHaveLength(1);
});

test('a request contains as many lines as fit, and at least one', async () => {
  const port = await listen(createServer(replying(200, json, '{}')));
  const transport = open(port, { maxRequestBytes: 100_000 });
  const lines = [...Array.from({ length: 500 }, (_, i) => line(`${i}${'x'.repeat(i)}`)), line('y'.repeat(200_000))];
  for (let at = 0; at < lines.length;) {
    const result = await transport.send(lines.slice(at));
    expect(result.outcome).toBe('accepted');
    at += result.sent;
  }
  expect(received.flatMap((request) => request.lines)).toEqual(lines);
  for (const { bytes, lines } of received) expect(bytes <= 100_000 || lines.length === 1).toBe(true);
  expect(received.length).toBeLessThan(20);
});

test('returns where to find each line: its chain, number and time', async () => {
  const stamp = { id: uuidv7(), time: '2026-11-21T06:18:19.123456789Z', service: 'shop' };
  const chained = (seq: number) =>
    canonicalJson(
      completeEntry(
        { action: 'user.login', description: '', actor: { type: 'user', id: '42' } },
        { ...stamp, chain: { stream: 's', seq, prev: null } },
      ),
    );
  const { sent, stamps } = await sendTo(replying(200, json, '{}'), {}, [chained(1), line(), chained(2), 'no json']);
  const ns = 1_795_241_899_123_456_789n;
  expect([sent, stamps]).toEqual([3, [{ stream: 's', seq: 1, ns }, undefined, { stream: 's', seq: 2, ns }]]);
});

test('a line that is not an entry is refused alone', async () => {
  const port = await listen(createServer(replying(200, json, '{}')));
  const transport = open(port);
  const good = line();
  expect(await transport.send([good, 'no json', good])).toMatchObject({ outcome: 'accepted', sent: 1 });
  for (const bad of ['no json', '{"schema":99}', '{"schema":1}', 'null', '{"schema":1,"time":"later"}']) {
    expect(await transport.send([bad, good])).toMatchObject({ outcome: 'refused', cause: 'unreadable', sent: 1 });
  }
});

describe('a server that misbehaves', () => {
  test('hangs: the request ends at the deadline', async () => {
    const started = Date.now();
    expect(await sendTo(() => undefined, { timeoutMs: 150 })).toMatchObject({
      outcome: 'failed',
      reason: 'no complete answer within 150 ms',
    });
    expect(Date.now() - started).toBeLessThan(1_500);
  });

  test('drips: the deadline is for the whole answer', async () => {
    let timer: NodeJS.Timeout | undefined;
    const dripping = reading((response) => {
      response.writeHead(200, json);
      timer = setInterval(() => response.write(' '), 10);
    });
    expect(await sendTo(dripping, { timeoutMs: 200 })).toMatchObject({
      outcome: 'failed',
      reason: 'no complete answer within 200 ms',
    });
    clearInterval(timer);
  });

  test('resets while the request is read', async () => {
    const cutting: RequestListener = (request) => request.once('data', () => request.socket.resetAndDestroy());
    const port = await listen(createServer(cutting));
    const result = await open(port).send([line()]);
    expect(result).toMatchObject({ outcome: 'failed', sent: 1 });
    expect(result).toMatchObject({ reason: expect.stringMatching(/ECONNRESET|EPIPE|hang up/) });
  });

  test.each(['resetAndDestroy', 'end'] as const)('breaks off amid the answer (%s)', async (how) => {
    const breaking = reading((response, request) => {
      response.writeHead(200, { ...json, 'content-length': '100' });
      response.write('{');
      setTimeout(() => request.socket[how](), 20);
    });
    expect(await sendTo(breaking)).toMatchObject({ outcome: 'failed' });
  });

  test('redirects in a loop: not followed, and reported', async () => {
    const result = await sendTo(replying(307, { location: '/v1/logs' }));
    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('redirects to /v1/logs') });
    expect(received).toHaveLength(1);
  });

  test.each([
    ['a page', 200, { 'content-type': 'text/html' }, '<html>Sign in to the Wi-Fi</html>'],
    ['no type', 200, {}, ''],
    ['broken JSON', 200, json, '{"partialSuccess":'],
    ['an empty body as JSON', 200, json, ''],
    ['a JSON list', 200, json, '[]'],
    ['JSON null', 200, json, 'null'],
    ['a count that is not a number', 200, json, '{"partialSuccess":{"rejectedLogRecords":"many"}}'],
    ['noise as protobuf', 200, { 'content-type': 'application/x-protobuf' }, '\xff\xff\xff\xff'],
    ['another 2xx', 202, json, '{}'],
  ] as const)('answers success with %s: that is not an acknowledgement', async (_, status, headers, body) => {
    expect(await sendTo(replying(status, headers, Buffer.from(body, 'latin1')))).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('not an OTLP answer'),
    });
  });

  test.each([
    [200, 'failed'],
    [413, 'refused'],
  ] as const)('answers %d without end', async (status, outcome) => {
    const endless = reading((response) => {
      response.writeHead(status, json);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    const result = await sendTo(endless);
    expect(result.outcome).toBe(outcome);
    expect('reason' in result && result.reason.length).toBeLessThan(700);
  });

  test('answers before it has read the request, and closes', async () => {
    const early: RequestListener = (request, response) => {
      response.writeHead(413, { connection: 'close' }).end();
      request.resume();
    };
    expect(await sendTo(early, {}, [line('z'.repeat(800_000))])).toMatchObject({
      outcome: 'refused',
      cause: 'http_413',
    });
  });

  test('does not listen', async () => {
    const port = await listen(createServer());
    await new Promise((resolve) => server?.close(resolve));
    expect(await open(port).send([line()])).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

test.each([
  [200, { 'content-type': 'application/x-protobuf' }, '', 'accepted'],
  [200, { 'content-type': 'application/json; charset=utf-8' }, '{"partialSuccess":{}}', 'accepted'],
  [204, {}, '', 'accepted'],
  [400, json, '{"code":3,"message":"bad"}', 'refused'],
  [422, { 'content-type': 'application/x-protobuf' }, '', 'refused'],
  [413, { 'content-type': 'text/html' }, '<html>Too large</html>', 'refused'],
  [400, { 'content-type': 'text/plain' }, 'Client sent an HTTP request to an HTTPS server.', 'failed'],
  [401, json, '', 'failed'],
  [403, json, '', 'failed'],
  [404, {}, '', 'failed'],
  [408, {}, '', 'failed'],
  [429, {}, '', 'failed'],
  [500, json, '', 'failed'],
  [502, { 'content-type': 'text/html' }, '<html>Bad gateway</html>', 'failed'],
] as const)('%d %j %j: %s', async (status, headers, body, outcome) => {
  const result = await sendTo(replying(status, headers, body));
  expect(result).toMatchObject({ outcome, sent: 1 });
  if (outcome !== 'accepted') expect(result).toMatchObject({ reason: expect.stringContaining(`HTTP ${status}`) });
});

// The messages are the collector's own, as sdk/src/delivery/refusals.itest.ts sees them from the real one.
test.each([
  [400, 3, 'HTTP Status Code 400, Message=entry too large, Details=[]', 'refused', 'http_400', 'entry too large'],
  [400, 3, 'HTTP Status Code 400', 'failed', undefined, "not Loki's own answer"],
  [500, 2, 'HTTP Status Code 413', 'refused', 'http_413', 'HTTP 413'],
  [500, 2, 'HTTP Status Code 422, Message=no, Details=[]', 'refused', 'http_422', 'no'],
  [500, 2, 'HTTP Status Code 500', 'failed', undefined, 'HTTP 500'],
  [404, 12, 'HTTP Status Code 404', 'failed', undefined, 'address of Loki'],
  [401, 16, 'HTTP Status Code 401', 'failed', undefined, 'authenticates to Loki'],
] as const)('what the collector passes on: %d %d %s', async (status, code, words, outcome, cause, reason) => {
  const text = `Permanent error: rpc error: desc = error exporting items, request to http://loki/otlp responded with ${words}`;
  const result = await sendTo(replying(status, json, JSON.stringify({ code, message: text })));
  expect(result).toMatchObject({ outcome, sent: 1, reason: expect.stringContaining(reason) });
  expect('cause' in result ? result.cause : undefined).toBe(cause);
});

test('asks the collector to answer only once Loki has answered', async () => {
  await sendTo(replying(200, json, '{}'));
  expect(received[0]?.headers['x-auditrail-wait']).toBe('loki');
});

test('a server without TLS behind https is a failed attempt', async () => {
  const port = await listen(createServer(replying(200, json, '{}')));
  expect(await open(port, { endpoint: `https://127.0.0.1:${port}` }).send([line()])).toMatchObject({
    outcome: 'failed',
  });
});

test('uses the pause that the server requests', async () => {
  expect(await sendTo(replying(429, { 'retry-after': '7' }))).toMatchObject({ outcome: 'failed', retryAfterMs: 7_000 });
});

test('a partial success is a refusal of some; a warning is not a refusal', async () => {
  const partial = '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}';
  expect(await sendTo(replying(200, json, partial), {}, [line(), line(), line()])).toMatchObject({
    outcome: 'refused',
    cause: 'partial_success',
    sent: 3,
    reason: 'the collector rejected 2 records of the request: too old',
  });
  server?.close();
  // The same in protobuf: field 1 {field 1: 2, field 2: "too old"}.
  const bytes = Buffer.concat([Buffer.from([10, 11, 8, 2, 18, 7]), Buffer.from('too old')]);
  expect(await sendTo(replying(200, { 'content-type': 'application/x-protobuf' }, bytes))).toMatchObject({
    outcome: 'refused',
    reason: expect.stringContaining('rejected 2 records of the request: too old'),
  });
  server?.close();
  expect(await sendTo(replying(200, json, '{"partialSuccess":{"errorMessage":"use v2"}}'))).toMatchObject({
    outcome: 'accepted',
    sent: 1,
    warning: 'use v2',
  });
});

test('a token that cannot be obtained is a failed attempt, and never shown', async () => {
  const port = await listen(createServer(replying(200, json, '{}')));
  const token = () => Promise.reject(new Error('vault is sealed'));
  expect(await open(port, { token }).send([line()])).toMatchObject({ outcome: 'failed', reason: 'vault is sealed' });
  const never = open(port, { token: () => new Promise<string>(() => undefined), timeoutMs: 50 });
  expect(await never.send([line()])).toMatchObject({ outcome: 'failed', reason: 'no token within 50 ms' });
  const torn = await open(port, { token: 'secret\r\nX-Evil: 1' }).send([line()]);
  expect(torn).toMatchObject({ outcome: 'failed', reason: expect.not.stringContaining('secret') });
  expect(received).toHaveLength(0);
});

test('shutdown ends a request under way immediately', async () => {
  const transport = open(await listen(createServer(() => undefined)));
  const sending = transport.send([line()]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await transport.shutdown();
  expect(await sending).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('shutdown') });
});

test('an endpoint that is not an address is reported immediately', () => {
  for (const endpoint of ['localhost:4318', '', 'ftp://x']) expect(() => open(0, { endpoint })).toThrow('endpoint');
});

test('TLS: own authority, client certificate, and no connection without them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const { ca, server: own, client } = makeCertificates(folder);
  rmSync(folder, { recursive: true });
  const settings = { ...own, ca: ca.cert, requestCert: true, rejectUnauthorized: true };
  const port = await listen(createTlsServer(settings, replying(200, json, '{}')));
  const endpoint = `https://127.0.0.1:${port}`;
  expect(await open(port, { endpoint, tls: { ca: ca.cert, ...client } }).send([line()])).toMatchObject({
    outcome: 'accepted',
  });
  expect(await open(port, { endpoint, tls: { ca: ca.cert } }).send([line()])).toMatchObject({ outcome: 'failed' });
  expect(await open(port, { endpoint, tls: client }).send([line()])).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('certificate'),
  });
  expect(received).toHaveLength(1);
});
