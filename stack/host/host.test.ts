import { once } from 'node:events';
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { startHost, type RunningHost } from './index.ts';

const ID = 'test-app';
const MANIFEST = {
  id: ID,
  name: 'Test',
  info: { version: '1.0.0' },
  roles: [{ role: { permissions: [{ action: `${ID}.entries:read` }] }, grants: ['Admin'] }],
  routes: [
    {
      path: 'loki/query',
      method: 'GET',
      reqAction: `${ID}.entries:read`,
      url: '{{ .JsonData.lokiUrl }}/loki/query',
      headers: [
        { name: 'X-Scope-OrgID', content: '{{ .JsonData.tenant }}' },
        { name: 'Authorization', content: 'Bearer {{ .SecureJsonData.readToken }}' },
      ],
    },
    { path: 'write', method: 'POST', reqRole: 'Admin', url: '{{ .JsonData.lokiUrl }}/write' },
    { path: 'unset', method: 'GET', url: '{{ .JsonData.nothing }}/x' },
    { path: 'keeper/*', method: '*', reqRole: 'Admin', url: '{{ .JsonData.lokiUrl }}/base' },
    { path: 'gone', method: 'GET', url: '{{ .JsonData.goneUrl }}/x' },
    { path: 'secret', method: 'GET', url: '{{ .SecureJsonData.readToken }}/x' },
  ],
};

let folder: string;
let upstream: Server;
let host: RunningHost;
const reports: string[] = [];

// Responds with the request, so that a test sees what the proxy forwarded.
function echo(): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(request.url?.includes('teapot') ? 418 : 200, {
        'content-type': 'application/json',
        'set-cookie': 'upstream=1',
      });
      const { method, url, headers } = request;
      response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
    });
  });
}

const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auditrail-host-'));
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'secret.json'), '"outside"');
  await writeFile(join(folder, 'dist/plugin.json'), JSON.stringify(MANIFEST));
  await writeFile(join(folder, 'dist/module.js'), 'define([], () => ({}))');
  await symlink(join(folder, 'secret.json'), join(folder, 'dist/link.json'));
  upstream = echo().listen(0, '127.0.0.1');
  const gone = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(upstream, 'listening'), once(gone, 'listening')]);
  const goneUrl = originOf(gone);
  gone.close();
  host = await startHost({
    pluginDir: join(folder, 'dist'),
    settings: {
      jsonData: { lokiUrl: originOf(upstream), goneUrl, tenant: 'audit' },
      secureJsonData: { readToken: 'r3ad' },
    },
    organizations: [
      {
        jsonData: { lokiUrl: originOf(upstream), tenant: 'second-org' },
        secureJsonData: { readToken: 'r3ad-2' },
      },
    ],
    report: (line) => reports.push(line),
  });
}, 60_000);

afterAll(async () => {
  await host.stop();
  upstream.close();
  await rm(folder, { recursive: true, force: true });
});

interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

// Not fetch, which normalizes the path and sets its own Host header.
async function send(path: string, { method = 'GET', headers = {}, body }: RequestOptions = {}): Promise<Response> {
  const { hostname, port } = new URL(host.url);
  const request = httpRequest({ hostname, port, path, method, headers }).end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
  }
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

interface Echo {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** The request as the server behind the routes received it. */
const receivedIn = ({ text }: Response) => JSON.parse(text) as Echo;
const identityIn = ({ headers }: Echo) => JSON.parse(headers['x-grafana-context'] ?? '{}') as { Login?: string };
const settingsIn = ({ text }: Response) => JSON.parse(text) as { jsonData: Record<string, unknown> };

const viewer = { cookie: 'host_user=viewer' };
const proxied = (path: string) => `/api/plugin-proxy/${ID}/${path}`;
const settingsPath = `/api/plugins/${ID}/settings`;

describe('routes', () => {
  test('a declared route reaches its server with query, tenant, token and identity', async () => {
    const response = await send(proxied('loki/query?query=%7Ba%3D%22%3F%22%7D&limit=1'));
    const received = receivedIn(response);
    expect(response.status).toBe(200);
    expect(received.url).toBe('/loki/query?query=%7Ba%3D%22%3F%22%7D&limit=1');
    expect(received.headers).toMatchObject({ 'x-scope-orgid': 'audit', authorization: 'Bearer r3ad' });
    expect(identityIn(received)).toEqual({
      UserID: 1,
      Login: 'ada',
      Email: 'ada@example.com',
      Name: 'Ada Admin',
      OrgID: 1,
      OrgRole: 'Admin',
      UserUID: 'ada-admin',
    });
    expect(response.headers['set-cookie']).toBeUndefined();
  });

  test('user, tenant and token from the browser are not used', async () => {
    const forged = {
      'x-grafana-context': '{"Login":"root"}',
      'X-Grafana-User': 'root',
      'x-grafana-id': 'a.b.c',
      'X-Scope-OrgID': 'other',
      authorization: 'Bearer stolen',
      'x-forwarded-for': '10.0.0.1',
      cookie: 'host_user=admin; session=1',
    };
    const received = receivedIn(await send(proxied('loki/query'), { headers: forged }));
    expect(identityIn(received).Login).toBe('ada');
    expect(received.headers).toMatchObject({ 'x-scope-orgid': 'audit', authorization: 'Bearer r3ad' });
    // As in Grafana: only the end of the list can be believed.
    expect(received.headers['x-forwarded-for']).toBe('10.0.0.1, 127.0.0.1, 127.0.0.1');
    for (const name of ['x-grafana-user', 'cookie']) {
      expect(received.headers).not.toHaveProperty(name);
    }
    expect(received.headers['x-grafana-id']).not.toBe('a.b.c');
    const plain = receivedIn(await send(proxied('write'), { method: 'POST', headers: forged })).headers;
    expect(plain).not.toHaveProperty('authorization');
    // As in Grafana: the server behind the route must not trust it.
    expect(plain['x-scope-orgid']).toBe('other');
  });

  test('headers in the browser’s Connection header are removed, as in Go’s proxy, even if a route sets them', async () => {
    const headers = { connection: 'X-Scope-OrgID, x-grafana-context, close' };
    const received = receivedIn(await send(proxied('loki/query'), { headers })).headers;
    expect(received).not.toHaveProperty('x-scope-orgid');
    expect(received).not.toHaveProperty('x-grafana-context');
    expect(received.authorization).toBe('Bearer r3ad');
    const hidden = { connection: 'X-Forwarded-For', 'x-forwarded-for': '10.0.0.1' };
    const { headers: left } = receivedIn(await send(proxied('loki/query'), { headers: hidden }));
    expect(left['x-forwarded-for']).toBe('127.0.0.1');
  });

  test('each organization has its own settings and identity', async () => {
    const headers = { 'x-grafana-org-id': '2' };
    const received = receivedIn(await send(proxied('loki/query'), { headers })).headers;
    expect(received).toMatchObject({ 'x-scope-orgid': 'second-org', authorization: 'Bearer r3ad-2' });
    expect(JSON.parse(received['x-grafana-context'] ?? '')).toMatchObject({ OrgID: 2 });
    const claims = JSON.parse(
      Buffer.from(received['x-grafana-id']?.split('.')[1] ?? '', 'base64url').toString(),
    ) as object;
    expect(claims).toMatchObject({ aud: 'org:2' });
    expect(settingsIn(await send(settingsPath, { headers })).jsonData.tenant).toBe('second-org');
    expect(
      receivedIn(await send(proxied('loki/query'), { headers: { 'x-grafana-org-id': '3' } })).headers,
    ).toMatchObject({
      'x-scope-orgid': 'audit',
    });
  });

  test('the identity is signed with the key that the host publishes, as in Grafana', async () => {
    const { text } = await send('/api/signing-keys/keys');
    const { 'x-grafana-id': token = '' } = receivedIn(await send(proxied('loki/query'))).headers;
    const keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    const { payload } = await jwtVerify(token, keys, { issuer: `${host.url}/`, audience: 'org:1' });
    expect(payload).toMatchObject({ identifier: 'ada-admin', type: 'user', username: 'ada' });
  });
});

describe('which requests a route accepts', () => {
  test('a star at the end of a route matches any path below it', async () => {
    const below = await send(proxied('keeper/v1/exports/a%20b?limit=1'), { method: 'DELETE' });
    expect(receivedIn(below).url).toBe('/base/v1/exports/a%20b?limit=1');
    expect((await send(proxied('keeper/v1'), { headers: viewer })).status).toBe(403);
    for (const out of ['keeper/../v1', 'keeper/a/%2e%2e/v1', 'keeper/..', 'keeper', 'keeperx/v1']) {
      expect((await send(proxied(out))).status).toBe(404);
    }
  });

  test.each([
    ['GET', 'loki/query', 403],
    ['POST', 'write', 403],
  ])('a viewer is refused %s %s', async (method, path, status) => {
    const response = await send(proxied(path), { method, headers: viewer });
    expect(response.status).toBe(status);
    expect(JSON.parse(response.text)).toEqual({ message: 'plugin proxy route access denied' });
  });

  test.each([
    ['POST', 'loki/query'],
    ['DELETE', 'loki/query'],
    ['GET', 'loki/push'],
    ['GET', 'loki/query/'],
    ['GET', 'loki/query/../push'],
    ['GET', 'loki/%71uery'],
    ['GET', 'loki//query'],
    ['GET', 'LOKI/query'],
    ['GET', ''],
  ])('%s %s is not a route', async (method, path) => {
    expect((await send(proxied(path), { method })).status).toBe(404);
  });

  test('the request’s body and the response’s status are forwarded', async () => {
    const response = await send(proxied('write?teapot'), { method: 'POST', body: '{"a":"ü"}' });
    expect(response.status).toBe(418);
    expect(receivedIn(response).body).toBe('{"a":"ü"}');
  });

  test.each([
    ['gone', /^GET gone could not be forwarded to \{\{ \.JsonData\.goneUrl \}\}\/x: .*ECONNREFUSED/],
    ['unset', /^GET unset could not be forwarded to \{\{ \.JsonData\.nothing \}\}\/x: .*Invalid URL$/],
    ['secret', /^GET secret could not be forwarded to \{\{ \.SecureJsonData\.readToken \}\}\/x: .*Invalid URL$/],
  ])('%s: the browser gets an empty 502, the operator gets the reason', async (path, reason) => {
    reports.length = 0;
    const response = await send(proxied(path));
    expect([response.status, response.text]).toEqual([502, '']);
    expect(reports).toEqual([expect.stringMatching(reason)]);
  });
});

describe('settings', () => {
  test('only the names of secrets are sent', async () => {
    const response = await send(settingsPath);
    expect(response.text).not.toContain('r3ad');
    expect(JSON.parse(response.text)).toMatchObject({
      jsonData: { tenant: 'audit' },
      secureJsonFields: { readToken: true },
    });
    for (const path of ['/host/boot.js', `/a/${ID}`]) {
      expect((await send(path)).text).not.toContain('r3ad');
    }
  });

  test('only an administrator changes settings; secrets that are not in the update stay', async () => {
    const jsonData = { ...settingsIn(await send(settingsPath)).jsonData, tenant: 'second' };
    const body = JSON.stringify({ jsonData, secureJsonData: { grafanaToken: 'g' } });
    expect((await send(settingsPath, { method: 'POST', body, headers: viewer })).status).toBe(403);
    expect(settingsIn(await send(settingsPath)).jsonData.tenant).toBe('audit');
    expect((await send(settingsPath, { method: 'POST', body })).status).toBe(200);
    const { headers } = receivedIn(await send(proxied('loki/query')));
    expect(headers).toMatchObject({ 'x-scope-orgid': 'second', authorization: 'Bearer r3ad' });
  });

  test.each(['{', '[]', '{"jsonData":1}', '{"secureJsonData":{"a":1}}'])('%s is refused', async (body) => {
    expect((await send(settingsPath, { method: 'POST', body })).status).toBe(400);
  });
});

test("a user's plugin data is kept, and other users cannot read it", async () => {
  const path = '/apis/userstorage.grafana.app/v0alpha1/namespaces/default/user-storage';
  const name = `${ID}:ada-admin`;
  const at = `${path}/${name}`;
  const body = (data: object) => JSON.stringify({ metadata: { name }, spec: { data } });
  expect((await send(at)).status).toBe(404);
  expect((await send(`${path}/`, { method: 'POST', body: body({ density: 'compact' }) })).status).toBe(200);
  expect((await send(at, { method: 'PATCH', body: body({ columns: '[]' }) })).status).toBe(200);
  expect(JSON.parse((await send(at)).text)).toMatchObject({ spec: { data: { density: 'compact', columns: '[]' } } });
  expect((await send(at, { headers: viewer })).status).toBe(403);
  expect((await send(at, { method: 'DELETE', headers: viewer })).status).toBe(403);
  expect((await send(at, { method: 'DELETE' })).status).toBe(200);
  expect((await send(at)).status).toBe(404);
});

describe('other web sites', () => {
  test('other host names that resolve to this machine are refused', async () => {
    for (const name of ['evil.example', 'evil.example:80', '127.0.0.1']) {
      expect((await send(settingsPath, { headers: { host: name } })).status).toBe(403);
    }
    const { port } = new URL(host.url);
    expect((await send(settingsPath, { headers: { host: `localhost:${port}` } })).status).toBe(200);
  });

  test.each<Record<string, string>>([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' },
  ])('a post with %j is refused', async (headers) => {
    expect((await send(settingsPath, { method: 'POST', body: '{}', headers })).status).toBe(403);
  });

  test('links from other sites work, scripts of other sites are refused', async () => {
    const site = { 'sec-fetch-site': 'cross-site' };
    expect((await send(`/a/${ID}`, { headers: { ...site, 'sec-fetch-mode': 'navigate' } })).status).toBe(200);
    expect((await send('/host/boot.js', { headers: { ...site, 'sec-fetch-mode': 'no-cors' } })).status).toBe(403);
  });
});

describe('files', () => {
  test.each([
    ['plugin', `/public/plugins/${ID}/module.js?_cache=1`, 'text/javascript; charset=utf-8'],
    ['icon', '/public/build/img/icons/unicons/search.svg', 'image/svg+xml'],
    ['icon of our own', '/public/build/img/icons/unicons/spinner.svg', 'image/svg+xml'],
    ['font', '/public/fonts/inter/Inter-Regular.woff2', 'font/woff2'],
    ['shell', '/host/shell.js', 'text/javascript; charset=utf-8'],
  ])('%s', async (_, path, type) => {
    const response = await send(path);
    expect([response.status, response.headers['content-type']]).toEqual([200, type]);
    expect(response.text.length).toBeGreaterThan(10);
  });

  test.each([
    '../secret.json',
    '..%2fsecret.json',
    '%2e%2e/secret.json',
    '..\\secret.json',
    'link.json',
    '%00module.js',
    '%ff',
    '/etc/passwd',
    '.',
    '',
  ])('%s is not found', async (path) => {
    const response = await send(`/public/plugins/${ID}/${path}`);
    expect(response.status).toBe(404);
    expect(response.text).not.toContain('outside');
  });

  test('the page only allows resources of the host', async () => {
    const { headers } = await send(`/a/${ID}`);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("script-src 'self';");
  });

  test('the root redirects to the page', async () => {
    expect((await send('/')).headers.location).toBe(`/a/${ID}`);
  });
});

test('a plugin that is not built, or has a route with a pattern, is refused at the start', async () => {
  const settings = { jsonData: {}, secureJsonData: {} };
  await expect(startHost({ pluginDir: join(folder, 'none'), settings })).rejects.toThrow(
    'npm run build -w grafana-plugin',
  );
  const pattern = join(folder, 'pattern');
  await mkdir(pattern);
  await writeFile(join(pattern, 'plugin.json'), JSON.stringify({ ...MANIFEST, routes: [{ path: 'loki/*/rules' }] }));
  await expect(startHost({ pluginDir: pattern, settings })).rejects.toThrow('"loki/*/rules" is a pattern');
});

test('the error for a taken port has the port', async () => {
  const settings = { jsonData: {}, secureJsonData: {} };
  const port = Number(new URL(host.url).port);
  await expect(startHost({ pluginDir: join(folder, 'dist'), settings, port })).rejects.toThrow(`127.0.0.1:${port}`);
});
