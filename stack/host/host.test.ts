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

// Answers what it was asked, so that a test sees what came through the proxy.
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

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

// Not fetch: it would normalise the path and set its own Host.
async function ask(path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
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

/** What the server behind the routes was asked. */
const seenBy = ({ text }: Answer) => JSON.parse(text) as Echo;
const identityIn = ({ headers }: Echo) => JSON.parse(headers['x-grafana-context'] ?? '{}') as { Login?: string };
const settingsIn = ({ text }: Answer) => JSON.parse(text) as { jsonData: Record<string, unknown> };

const viewer = { cookie: 'host_user=viewer' };
const proxied = (path: string) => `/api/plugin-proxy/${ID}/${path}`;
const settingsPath = `/api/plugins/${ID}/settings`;

describe('routes', () => {
  test('a declared route reaches its server with query, tenant, token and identity', async () => {
    const answer = await ask(proxied('loki/query?query=%7Ba%3D%22%3F%22%7D&limit=1'));
    const seen = seenBy(answer);
    expect(answer.status).toBe(200);
    expect(seen.url).toBe('/loki/query?query=%7Ba%3D%22%3F%22%7D&limit=1');
    expect(seen.headers).toMatchObject({ 'x-scope-orgid': 'audit', authorization: 'Bearer r3ad' });
    expect(identityIn(seen)).toEqual({
      UserID: 1,
      Login: 'ada',
      Email: 'ada@example.com',
      Name: 'Ada Admin',
      OrgID: 1,
      OrgRole: 'Admin',
      UserUID: 'ada-admin',
    });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('what the browser claims about user, tenant and token is not passed on', async () => {
    const forged = {
      'x-grafana-context': '{"Login":"root"}',
      'X-Grafana-User': 'root',
      'x-grafana-id': 'a.b.c',
      'X-Scope-OrgID': 'other',
      authorization: 'Bearer stolen',
      'x-forwarded-for': '10.0.0.1',
      cookie: 'host_user=admin; session=1',
    };
    const seen = seenBy(await ask(proxied('loki/query'), { headers: forged }));
    expect(identityIn(seen).Login).toBe('ada');
    expect(seen.headers).toMatchObject({ 'x-scope-orgid': 'audit', authorization: 'Bearer r3ad' });
    // As in Grafana: only the end of the list can be believed.
    expect(seen.headers['x-forwarded-for']).toBe('10.0.0.1, 127.0.0.1, 127.0.0.1');
    for (const name of ['x-grafana-user', 'cookie']) {
      expect(seen.headers).not.toHaveProperty(name);
    }
    expect(seen.headers['x-grafana-id']).not.toBe('a.b.c');
    const plain = seenBy(await ask(proxied('write'), { method: 'POST', headers: forged })).headers;
    expect(plain).not.toHaveProperty('authorization');
    // As in Grafana: the server behind must not believe it.
    expect(plain['x-scope-orgid']).toBe('other');
  });

  test('a header that the browser’s Connection names is removed, as by Go’s proxy, even if a route set it', async () => {
    const headers = { connection: 'X-Scope-OrgID, x-grafana-context, close' };
    const seen = seenBy(await ask(proxied('loki/query'), { headers })).headers;
    expect(seen).not.toHaveProperty('x-scope-orgid');
    expect(seen).not.toHaveProperty('x-grafana-context');
    expect(seen.authorization).toBe('Bearer r3ad');
    const hidden = { connection: 'X-Forwarded-For', 'x-forwarded-for': '10.0.0.1' };
    const { headers: left } = seenBy(await ask(proxied('loki/query'), { headers: hidden }));
    expect(left['x-forwarded-for']).toBe('127.0.0.1');
  });

  test('each organization has settings of its own, and people ask in its name', async () => {
    const headers = { 'x-grafana-org-id': '2' };
    const seen = seenBy(await ask(proxied('loki/query'), { headers })).headers;
    expect(seen).toMatchObject({ 'x-scope-orgid': 'second-org', authorization: 'Bearer r3ad-2' });
    expect(JSON.parse(seen['x-grafana-context'] ?? '')).toMatchObject({ OrgID: 2 });
    const claims = JSON.parse(Buffer.from(seen['x-grafana-id']?.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(claims).toMatchObject({ aud: 'org:2' });
    expect(settingsIn(await ask(settingsPath, { headers })).jsonData.tenant).toBe('second-org');
    expect(seenBy(await ask(proxied('loki/query'), { headers: { 'x-grafana-org-id': '3' } })).headers).toMatchObject({
      'x-scope-orgid': 'audit',
    });
  });

  test('who asks is signed with the key that the host publishes, as Grafana does', async () => {
    const { text } = await ask('/api/signing-keys/keys');
    const { 'x-grafana-id': token = '' } = seenBy(await ask(proxied('loki/query'))).headers;
    const keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    const { payload } = await jwtVerify(token, keys, { issuer: `${host.url}/`, audience: 'org:1' });
    expect(payload).toMatchObject({ identifier: 'ada-admin', type: 'user', username: 'ada' });
  });

  test('a star at the end of a route stands for any path below it', async () => {
    const below = await ask(proxied('keeper/v1/exports/a%20b?limit=1'), { method: 'DELETE' });
    expect(seenBy(below).url).toBe('/base/v1/exports/a%20b?limit=1');
    expect((await ask(proxied('keeper/v1'), { headers: viewer })).status).toBe(403);
    for (const out of ['keeper/../v1', 'keeper/a/%2e%2e/v1', 'keeper/..', 'keeper', 'keeperx/v1']) {
      expect((await ask(proxied(out))).status).toBe(404);
    }
  });

  test.each([
    ['GET', 'loki/query', 403],
    ['POST', 'write', 403],
  ])('a viewer gets no %s %s', async (method, path, status) => {
    const answer = await ask(proxied(path), { method, headers: viewer });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ message: 'plugin proxy route access denied' });
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
  ])('%s %s is no route', async (method, path) => {
    expect((await ask(proxied(path), { method })).status).toBe(404);
  });

  test('a body and the answer’s status go through', async () => {
    const answer = await ask(proxied('write?teapot'), { method: 'POST', body: '{"a":"ü"}' });
    expect(answer.status).toBe(418);
    expect(seenBy(answer).body).toBe('{"a":"ü"}');
  });

  test.each([
    ['gone', /^GET gone cannot go on to \{\{ \.JsonData\.goneUrl \}\}\/x: .*ECONNREFUSED/],
    ['unset', /^GET unset cannot go on to \{\{ \.JsonData\.nothing \}\}\/x: .*Invalid URL$/],
    ['secret', /^GET secret cannot go on to \{\{ \.SecureJsonData\.readToken \}\}\/x: .*Invalid URL$/],
  ])('%s: 502 without a word to the browser, the reason to whoever runs the host', async (path, reason) => {
    reports.length = 0;
    const answer = await ask(proxied(path));
    expect([answer.status, answer.text]).toEqual([502, '']);
    expect(reports).toEqual([expect.stringMatching(reason)]);
  });
});

describe('settings', () => {
  test('secrets are named, never told', async () => {
    const answer = await ask(settingsPath);
    expect(answer.text).not.toContain('r3ad');
    expect(JSON.parse(answer.text)).toMatchObject({
      jsonData: { tenant: 'audit' },
      secureJsonFields: { readToken: true },
    });
    for (const path of ['/host/boot.js', `/a/${ID}`]) {
      expect((await ask(path)).text).not.toContain('r3ad');
    }
  });

  test('only an administrator changes them; secrets that are not named stay', async () => {
    const jsonData = { ...settingsIn(await ask(settingsPath)).jsonData, tenant: 'second' };
    const body = JSON.stringify({ jsonData, secureJsonData: { grafanaToken: 'g' } });
    expect((await ask(settingsPath, { method: 'POST', body, headers: viewer })).status).toBe(403);
    expect(settingsIn(await ask(settingsPath)).jsonData.tenant).toBe('audit');
    expect((await ask(settingsPath, { method: 'POST', body })).status).toBe(200);
    const { headers } = seenBy(await ask(proxied('loki/query')));
    expect(headers).toMatchObject({ 'x-scope-orgid': 'second', authorization: 'Bearer r3ad' });
  });

  test.each(['{', '[]', '{"jsonData":1}', '{"secureJsonData":{"a":1}}'])('%s is refused', async (body) => {
    expect((await ask(settingsPath, { method: 'POST', body })).status).toBe(400);
  });
});

test("what a plugin remembers of a user is kept, and nobody else's to read", async () => {
  const path = '/apis/userstorage.grafana.app/v0alpha1/namespaces/default/user-storage';
  const name = `${ID}:ada-admin`;
  const at = `${path}/${name}`;
  const body = (data: object) => JSON.stringify({ metadata: { name }, spec: { data } });
  expect((await ask(at)).status).toBe(404);
  expect((await ask(`${path}/`, { method: 'POST', body: body({ density: 'compact' }) })).status).toBe(200);
  expect((await ask(at, { method: 'PATCH', body: body({ columns: '[]' }) })).status).toBe(200);
  expect(JSON.parse((await ask(at)).text)).toMatchObject({ spec: { data: { density: 'compact', columns: '[]' } } });
  expect((await ask(at, { headers: viewer })).status).toBe(403);
  expect((await ask(at, { method: 'DELETE', headers: viewer })).status).toBe(403);
  expect((await ask(at, { method: 'DELETE' })).status).toBe(200);
  expect((await ask(at)).status).toBe(404);
});

describe('other web sites', () => {
  test('a foreign name that resolves to this machine is refused', async () => {
    for (const name of ['evil.example', 'evil.example:80', '127.0.0.1']) {
      expect((await ask(settingsPath, { headers: { host: name } })).status).toBe(403);
    }
    const { port } = new URL(host.url);
    expect((await ask(settingsPath, { headers: { host: `localhost:${port}` } })).status).toBe(200);
  });

  test.each<Record<string, string>>([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' },
  ])('a post with %j is refused', async (headers) => {
    expect((await ask(settingsPath, { method: 'POST', body: '{}', headers })).status).toBe(403);
  });

  test('a link from elsewhere to the page is followed, a script from elsewhere gets nothing', async () => {
    const site = { 'sec-fetch-site': 'cross-site' };
    expect((await ask(`/a/${ID}`, { headers: { ...site, 'sec-fetch-mode': 'navigate' } })).status).toBe(200);
    expect((await ask('/host/boot.js', { headers: { ...site, 'sec-fetch-mode': 'no-cors' } })).status).toBe(403);
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
    const answer = await ask(path);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, type]);
    expect(answer.text.length).toBeGreaterThan(10);
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
    const answer = await ask(`/public/plugins/${ID}/${path}`);
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain('outside');
  });

  test('the page allows nothing from elsewhere', async () => {
    const { headers } = await ask(`/a/${ID}`);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("script-src 'self';");
  });

  test('the start leads to the page', async () => {
    expect((await ask('/')).headers.location).toBe(`/a/${ID}`);
  });
});

test('a plugin that is not built, or has a pattern for a route, is refused at the start', async () => {
  const settings = { jsonData: {}, secureJsonData: {} };
  await expect(startHost({ pluginDir: join(folder, 'none'), settings })).rejects.toThrow(
    'npm run build -w grafana-plugin',
  );
  const pattern = join(folder, 'pattern');
  await mkdir(pattern);
  await writeFile(join(pattern, 'plugin.json'), JSON.stringify({ ...MANIFEST, routes: [{ path: 'loki/*/rules' }] }));
  await expect(startHost({ pluginDir: pattern, settings })).rejects.toThrow('"loki/*/rules" is a pattern');
});

test('a port that is taken is named', async () => {
  const settings = { jsonData: {}, secureJsonData: {} };
  const port = Number(new URL(host.url).port);
  await expect(startHost({ pluginDir: join(folder, 'dist'), settings, port })).rejects.toThrow(`127.0.0.1:${port}`);
});
