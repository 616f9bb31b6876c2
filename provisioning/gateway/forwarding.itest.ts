import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianPackage, freePort } from '@auditrail/stack';
import { newGatewayToken, tokenLine } from 'auditrail';
import { createPart, type Part } from '../../stack/src/services/part.ts';
import { gatewayPart } from '../../stack/src/services/parts.ts';
import { rawRequest } from '../testing/raw-http.ts';

// Fake servers behind the gateway record the forwarded requests. tenants.itest.ts tests the real servers.
interface Received {
  at: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const folder = mkdtempSync(join(tmpdir(), 'auditrail-forwarding-'));
const tokensFile = join(folder, 'tokens');
const internal = { collector: 'internal-c', collectorGrafana: 'internal-g', keeper: 'internal-k' };
const tokenOf = (role: 'read' | 'write' | 'grafana') => newGatewayToken({ tenant: 'acme', role }).token;
const [read, write, grafana] = [tokenOf('read'), tokenOf('write'), tokenOf('grafana')];
const { token: bound } = newGatewayToken({ tenant: 'acme', role: 'write', service: 'shop' });
const servers: Server[] = [];
let received: Received[] = [];
let url: string;
let nginx: Part;

async function startServer(at: string): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (part: string) => (body += part));
    request.on('end', () => {
      received.push({ at, url: request.url ?? '', headers: request.headers, body });
      response.writeHead(429, { 'Retry-After': '7', 'Content-Type': 'application/json' }).end('{"code":8}');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  mkdirSync(join(folder, 'logs'));
  writeFileSync(tokensFile, [read, write, grafana, bound].map((token) => `${tokenLine(token)}\n`).join(''));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  nginx = createPart(
    gatewayPart(
      { dataDir: folder, onCrash: (message) => console.error(message) },
      {
        ...{ program: await ensureDebianPackage('nginx-light', 'nginx'), port, authPort: await freePort() },
        ...{ tokensFile, internal, lokiUrl: await startServer('loki'), collectorUrl: await startServer('collector') },
        ...{ collectorGrafanaUrl: await startServer('grafana'), keeperUrl: await startServer('keeper') },
      },
    ),
  );
  await nginx.start();
}, 300_000);
afterAll(async () => {
  await nginx?.stop();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  received = [];
});

// Headers that only the gateway may set, and headers that a client may set.
const FORGED = {
  'X-Auditrail-Tenant': 'other',
  'X-Auditrail-Role': 'grafana',
  'X-Auditrail-Service': 'bank',
  Cookie: 'grafana_session=1',
  Connection: 'X-Scope-OrgID, X-Grafana-Context, X-Auditrail-Wait',
};
const ALLOWED = {
  'X-Auditrail-Wait': 'loki',
  'X-Grafana-Context': '{"Login":"ada"}',
  'X-Grafana-Id': 'signed',
  'Content-Encoding': 'gzip',
  'Content-Type': 'application/x-protobuf',
};

it.each([
  ['loki', read, 'GET', '/loki/api/v1/labels?start=1&end=%202', '/loki/api/v1/labels?start=1&end=%202', undefined],
  [
    'loki',
    grafana,
    'GET',
    '/loki/api/v1/query?query=%7Ba%3D%22b%22%7D',
    '/loki/api/v1/query?query=%7Ba%3D%22b%22%7D',
    undefined,
  ],
  ['collector', write, 'POST', '/v1/logs', '/v1/logs', 'Bearer internal-c'],
  ['collector', write, 'POST', '/v1/traces', '/v1/traces', 'Bearer internal-c'],
  ['grafana', grafana, 'POST', '/v1/logs', '/v1/logs', 'Bearer internal-g'],
  ['keeper', grafana, 'DELETE', '/keeper/v1/exports/1-a?x=%2F..', '/v1/exports/1-a?x=%2F..', 'Bearer internal-k'],
] as const)(
  'forwards allowed requests to %s, with the token in the header and in the path',
  async (at, token, method, path, target, internalToken) => {
    const body = method === 'POST' ? 'entries' : '';
    const headers = { ...ALLOWED, ...FORGED };
    const requests = [
      rawRequest(url, path, { method, body, headers: { ...headers, Authorization: `Bearer ${token}` } }),
      rawRequest(url, `/t/${token}${path}`, { method, body, headers: { ...headers, Authorization: 'Basic x' } }),
    ];
    for (const response of await Promise.all(requests)) {
      expect(response).toMatchObject({ status: 429, body: '{"code":8}', headers: { 'retry-after': '7' } });
    }
    expect(received).toHaveLength(2);
    for (const request of received) {
      expect([request.at, request.url, request.body]).toEqual([at, target, body]);
      expect(request.headers).toMatchObject({
        ...{ 'x-scope-orgid': 'acme', 'x-auditrail-wait': 'loki', 'x-grafana-context': '{"Login":"ada"}' },
        ...{ 'x-grafana-id': 'signed', 'content-encoding': 'gzip', 'content-type': 'application/x-protobuf' },
      });
      expect(request.headers.authorization).toBe(internalToken);
      const names = Object.keys(request.headers);
      for (const name of ['cookie', 'x-auditrail-tenant', 'x-auditrail-role', 'x-auditrail-service', 'upgrade']) {
        expect(names).not.toContain(name);
      }
      // A client's token is not forwarded.
      expect(JSON.stringify(request)).not.toContain(token);
    }
  },
);

it('forwards the service of a token that is bound to one', async () => {
  await rawRequest(url, '/v1/logs', {
    method: 'POST',
    body: '{}',
    headers: { ...FORGED, Authorization: `Bearer ${bound}` },
  });
  expect(received.map(({ headers }) => headers['x-auditrail-service'])).toEqual(['shop']);
});

it('reports which server is down, and a missing token file', async () => {
  const send = (path: string, token: string, method: string) =>
    rawRequest(url, path, { method, headers: { Authorization: `Bearer ${token}` } });
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  for (const [response, name] of [
    [await send('/loki/api/v1/labels', read, 'GET'), 'Loki'],
    [await send('/v1/logs', write, 'POST'), 'the collector'],
    [await send('/keeper/v1/exports', grafana, 'GET'), 'the keeper'],
  ] as const) {
    expect([response.status, JSON.parse(response.body)]).toEqual([
      502,
      { status: 'error', error: `${name} does not answer the gateway` },
    ]);
  }
  rmSync(tokensFile);
  const lost = await send('/v1/logs', write, 'POST');
  expect([lost.status, lost.body]).toEqual([503, expect.stringContaining('cannot read its file of tokens')]);
});

it('writes no token to its log', async () => {
  for (const token of [read, write, grafana, `${read}x`]) {
    await rawRequest(url, `/t/${token}/loki/api/v1/labels`);
    await rawRequest(url, `/t/${token}/%zz`);
    await rawRequest(url, '/v1/logs', { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
  }
  await nginx.stop();
  const log = readFileSync(nginx.logFile, 'utf8');
  for (const token of [read, write, grafana]) expect(log).not.toContain(token.slice('auditrail_gw_'.length, -1));
});
