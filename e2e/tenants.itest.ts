import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { uuidv7 } from 'uuidv7';
import { completeEntry, otlpLogs } from '@auditrail/core';
import { appSettings } from '../stack/host/settings.ts';
import { startStack, uniqueTenant, type RunningStack } from '../stack/src/index.ts';
import { startKeeper, type StackKeeper } from '../stack/src/services/keeper.ts';
import { openOrganizations, type Organizations } from './organizations.ts';
import { PLUGIN_ID as ID } from './sites.ts';

/**
 * Attacks of Grafana users on other tenants: two organizations, each with a tenant, and a third tenant without an
 * organization. Runs in the Grafana of `GRAFANA_URL` if it is set, or else in the development host with the routes of
 * plugin.json.
 */

const SETTINGS = `/api/plugins/${ID}/settings`;
const route = (path: string) => `/api/plugin-proxy/${ID}/${path}`;
const READ = `loki/api/v1/query_range?${new URLSearchParams({ query: '{service_name=~".+"}', limit: '1000' })}`;
const TOKEN = 'auditrail_gw_';

const acme = uniqueTenant('acme');
const globex = uniqueTenant('globex');
const initech = uniqueTenant('initech');
const TENANTS = [acme, globex, initech];

let stack: RunningStack;
let keeper: StackKeeper;
let organizations: Organizations;
let listener: Server;
/** URLs and headers of the requests that an Admin's own server received. */
const received: string[] = [];

const settingsOf = (tenant: string) => appSettings(stack.urls.gateway, stack.tokensFor(tenant).grafana);
const gatewayOf = (tenant: string) => `${stack.urls.gateway}/t/${stack.tokensFor(tenant).grafana}`;

beforeAll(async () => {
  stack = await startStack();
  listener = createServer((request, response) => {
    received.push(JSON.stringify([request.url, request.headers]));
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  organizations = await openOrganizations();
  const { port, ids } = organizations;
  keeper = await startKeeper(stack, port, acme, () => {}, ids[1]);
  expect((await configure(1, settingsOf(acme))).status).toBe(200);
  expect((await configure(2, settingsOf(globex))).status).toBe(200);
  for (const tenant of TENANTS) await writeAsApp(tenant, `secret of ${tenant}`);
}, 300_000);

afterAll(async () => {
  await organizations.stop();
  listener.close();
  await keeper.stop();
  await stack.stop();
});

// Undo the changes of the second organization's Admin.
afterEach(async () => {
  received.length = 0;
  await configure(2, settingsOf(globex));
});

interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  user?: 'admin' | 'viewer';
}

interface Response {
  status: number;
  /** Headers and body. */
  all: string;
}

// Not fetch, which sends no Connection header and normalizes paths.
async function send(
  url: string,
  path: string,
  { method = 'GET', headers = {}, body }: RequestOptions = {},
): Promise<Response> {
  const { hostname, port } = new URL(url);
  const request = httpRequest({ hostname, port, path, method, headers }).end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, all: `${JSON.stringify(response.headers)}\n${text}` };
}

/** Sends a request as a user of an organization. */
const sendAs = (org: 1 | 2, path: string, { headers, user = 'admin', ...options }: RequestOptions = {}) =>
  send(organizations.url, path, { ...options, headers: { ...headers, ...organizations.headers(org, user) } });

const configure = (org: 1 | 2, settings: object) =>
  sendAs(org, SETTINGS, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ enabled: true, pinned: true, ...settings }),
  });

function logs(description: string, action = 'user.login'): string {
  const stamp = { id: uuidv7(), time: new Date().toISOString(), service: 'shop' };
  const actor = { type: 'user' as const, name: 'Ada' };
  return JSON.stringify(otlpLogs([completeEntry({ action, channel: 'audit', description, actor }, stamp)], 'test'));
}

async function writeAsApp(tenant: string, description: string): Promise<void> {
  const response = await fetch(`${stack.urls.gateway}/v1/logs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-auditrail-wait': 'loki',
      authorization: `Bearer ${stack.tokensFor(tenant).write}`,
    },
    body: logs(description),
  });
  expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
}

const write = (org: 1 | 2, description: string, headers: Record<string, string> = {}) =>
  sendAs(org, route('v1/logs'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: logs(description, 'audit.settings.updated'),
  });

/** The tenants whose entries contain a text. Includes the defaults that Loki might use for a missing tenant. */
async function tenantsWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const tenant of TENANTS) {
    if ((await send(stack.urls.gateway, `${new URL(gatewayOf(tenant)).pathname}/${READ}`)).all.includes(text)) {
      found.push(tenant);
    }
  }
  for (const tenant of ['audit', 'fake', 'anonymous']) {
    const response = await send(stack.urls.loki, `/${READ}`, { headers: { 'x-scope-orgid': tenant } });
    if (response.all.includes(text)) found.push(tenant);
  }
  return found;
}

/** The tenants whose entries a response contains. */
const seenIn = ({ all }: Response) => TENANTS.filter((tenant) => all.includes(`secret of ${tenant}`));

test('each organization reads and writes its own tenant', async () => {
  expect(seenIn(await sendAs(1, route(READ)))).toEqual([acme]);
  expect(seenIn(await sendAs(2, route(READ)))).toEqual([globex]);
  expect((await write(2, 'written in globex')).status).toBe(200);
  expect(await tenantsWith('written in globex')).toEqual([globex]);
});

test('an Admin who sets the tenant and URLs of earlier builds still reads only their own tenant', async () => {
  const jsonData = {
    ...{ source: 'route', tenant: acme, lokiUrl: stack.urls.gateway, collectorUrl: stack.urls.gateway },
    ...{ keeperUrl: stack.urls.gateway, gateway: gatewayOf(globex) },
  };
  expect((await configure(2, { jsonData })).status).toBe(200);
  expect(seenIn(await sendAs(2, route(READ)))).toEqual([globex]);
  expect((await write(2, 'with the tenant of acme')).status).toBe(200);
  expect(await tenantsWith('with the tenant of acme')).toEqual([globex]);
});

test('an Admin who sets the URL of their own server receives no token', async () => {
  const own = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const jsonData = { source: 'route', gateway: own, lokiUrl: own, collectorUrl: own, keeperUrl: own };
  // URLs outside the secret are not used.
  await configure(2, { jsonData });
  await sendAs(2, route(READ));
  expect(received).toEqual([]);
  // A new URL in the secret replaces the old one together with its token.
  await configure(2, { jsonData, secureJsonData: { gateway: own } });
  await sendAs(2, route(READ));
  await write(2, 'for the listener');
  await sendAs(2, route('keeper/v1/exports'));
  expect(received).toHaveLength(3);
  for (const tenant of TENANTS) {
    const { read, write: written, grafana } = stack.tokensFor(tenant);
    for (const token of [read, written, grafana]) expect(received.join()).not.toContain(token.slice(TOKEN.length));
  }
  expect(received.join()).not.toContain(TOKEN);
  expect(await tenantsWith('for the listener')).toEqual([]);
});

test.each([
  ['no token', '', 401],
  ['a forged token', `/t/${TOKEN}${'YWNt'.repeat(20)}`, 401],
  ['the token of acme with its last characters changed', '', 401],
])('an Admin who sets %s for the gateway reads nothing', async (what, path, status) => {
  const changed = `/t/${stack.tokensFor(acme).grafana.slice(0, -4)}AAAA`;
  const gateway = stack.urls.gateway + (what.includes('changed') ? changed : path);
  await configure(2, { jsonData: {}, secureJsonData: { gateway } });
  const read = await sendAs(2, route(READ));
  expect([read.status, seenIn(read)]).toEqual([status, []]);
  expect((await write(2, 'without a token')).status).toBe(status);
  expect(await tenantsWith('without a token')).toEqual([]);
});

test('a token with the role read or write does not allow both', async () => {
  const { read, write: written } = stack.tokensFor(globex);
  await configure(2, { jsonData: {}, secureJsonData: { gateway: `${stack.urls.gateway}/t/${read}` } });
  expect(seenIn(await sendAs(2, route(READ)))).toEqual([globex]);
  expect((await write(2, 'with a token to read')).status).toBe(403);
  expect((await sendAs(2, route('keeper/v1/exports'))).status).toBe(403);
  await configure(2, { jsonData: {}, secureJsonData: { gateway: `${stack.urls.gateway}/t/${written}` } });
  expect((await sendAs(2, route(READ))).status).toBe(403);
});

test.each(['admin', 'viewer'] as const)(
  'the settings that the %s can read contain no URL, tenant or token',
  async (user) => {
    for (const org of [1, 2] as const) {
      const { status, all } = await sendAs(org, SETTINGS, { user });
      expect(status).toBe(200);
      for (const inside of [stack.urls.gateway, TOKEN, ...TENANTS]) {
        expect(all).not.toContain(inside);
      }
    }
  },
);

test('a viewer is refused all requests', async () => {
  for (const path of [READ, 'keeper/v1/exports', 'v1/health/pipeline']) {
    expect((await sendAs(1, route(path), { user: 'viewer' })).status).toBe(403);
  }
  const settings = JSON.stringify({ secureJsonData: { gateway: gatewayOf(acme) } });
  expect((await sendAs(2, SETTINGS, { user: 'viewer', method: 'POST', body: settings })).status).toBe(403);
});

const headersOfAcme = () => ({ 'x-scope-orgid': acme, 'x-auditrail-tenant': acme, 'x-auditrail-role': 'grafana' });

test('a request with the header of another tenant is refused, for reading and writing', async () => {
  const read = await sendAs(2, route(READ), { headers: headersOfAcme() });
  expect([read.status, seenIn(read)]).toEqual([403, []]);
  expect((await write(2, 'naming acme', headersOfAcme())).status).toBe(403);
  expect((await sendAs(2, route('keeper/v1/exports'), { headers: headersOfAcme() })).status).toBe(403);
  expect(await tenantsWith('naming acme')).toEqual([]);
});

test.each([
  'X-Scope-OrgID',
  'x-scope-orgid, X-Auditrail-Tenant, Authorization',
  'close, X-Scope-OrgID, Host, Content-Type, X-Auditrail-Role',
])('"Connection: %s" does not change the tenant', async (connection) => {
  const headers = { ...headersOfAcme(), connection };
  const read = await sendAs(2, route(READ), { headers });
  expect([read.status, seenIn(read)]).toEqual([200, [globex]]);
  const text = `dropping ${connection}`;
  await write(2, text, headers);
  expect((await tenantsWith(text)).filter((tenant) => tenant !== globex)).toEqual([]);
});

test.each(['X-Grafana-Context', 'x-grafana-context, X-Grafana-Id, X-Scope-OrgID'])(
  '"Connection: %s" writes nothing, because the user is not known',
  async (connection) => {
    const text = `nobody ${connection}`;
    expect((await write(1, text, { connection })).status).toBeGreaterThanOrEqual(400);
    expect(await tenantsWith(text)).toEqual([]);
  },
);

test('the keeper only serves its organization, with its tenant and a signed user', async () => {
  const own = await sendAs(1, route('keeper/v1/exports'));
  expect([own.status, own.all]).toEqual([200, expect.stringContaining('"exports":[]')]);
  expect((await sendAs(2, route('keeper/v1/exports'))).status).toBe(403);
  for (const connection of ['X-Grafana-Id', 'X-Grafana-Context']) {
    expect((await sendAs(1, route('keeper/v1/exports'), { headers: { connection } })).status).toBe(401);
  }
  // The second organization with the first one's token: the keeper knows which organization has the tenant.
  await configure(2, { jsonData: {}, secureJsonData: { gateway: gatewayOf(acme) } });
  expect((await sendAs(2, route('keeper/v1/exports'))).status).toBe(403);
});

test('the path after a token cannot reach other routes, and no response contains a token', async () => {
  const own = new URL(gatewayOf(globex)).pathname;
  const other = new URL(gatewayOf(acme)).pathname.replace(/.{4}$/, 'AAAA');
  const attacks = [
    `${own}/../..${other}/${READ}`,
    `${own}${other}/${READ}`,
    `${own}/keeper/../${READ}`,
    `${own}/keeper/%2e%2e/${READ}`,
    `${own}/keeper/v1/../../loki/api/v1/push`,
    `${own}/keeper/v1/..%2f..%2floki/api/v1/query`,
    `${own}//loki/api/v1/query_range`,
    `${own}/loki/api/v1/push`,
    `${own}/loki/api/v1/delete?query={a="b"}`,
    `${own}/keeper`,
    `${own}/keeper/`,
    `${own}/.auth`,
    `${own}/.granted`,
    own,
    `${own}/`,
    '/t/',
    `/t/${own}/${READ}`,
  ];
  for (const path of attacks) {
    for (const method of ['GET', 'POST']) {
      const response = await send(stack.urls.gateway, path, { method });
      expect([path, response.status >= 400 && response.status < 500, seenIn(response)]).toEqual([path, true, []]);
      expect(response.all).not.toContain(TOKEN);
    }
  }
  // The token of the path is used, not that of a header.
  const authorization = `Bearer ${stack.tokensFor(acme).read}`;
  expect(seenIn(await send(stack.urls.gateway, `${own}/${READ}`, { headers: { authorization } }))).toEqual([globex]);
});

test('the route to the keeper only reaches the keeper', async () => {
  const out = ['keeper/..', 'keeper/v1/..', 'keeper/%2e%2e', 'keeper/..%2f', 'keeper//..', 'keeper/v1/exports/..%5c..'];
  const paths = [READ, 'v1/logs', `..${new URL(gatewayOf(acme)).pathname.replace(/.{4}$/, 'AAAA')}/${READ}`, 'healthz'];
  for (const path of out.flatMap((up) => paths.map((rest) => `${up}/${rest}`))) {
    const response = await sendAs(2, route(path));
    expect([path, response.status >= 400 && response.status < 500, seenIn(response)]).toEqual([path, true, []]);
    expect(response.all).not.toContain(TOKEN);
  }
});
