import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportEngine, GatewayTokenSet, parseGatewayToken, serve, type RunningKeeper } from 'auditrail';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { otlpLogs, readTrail, sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { createIdTokens, type IdTokens } from '../../stack/host/id-token.ts';
import { USERS } from '../../stack/host/plugin.ts';
import { rawRequest, rawSend } from '../testing/raw-http.ts';

// Grafana's organization 1 has the tenant a, organization 2 has b, organization 3 has c, for which the keeper has no token.
const stack = testStack();
const { urls, tokensFor, behind } = stack;
const [a, b, c] = [uniqueTenant('a'), uniqueTenant('b'), uniqueTenant('c')];
const ORGS = new Map([
  [1, a],
  [2, b],
  [3, c],
]);
const ISSUER = 'http://grafana.example/';
const folder = mkdtempSync(join(tmpdir(), 'auditrail-tenants-'));
const [ofA, ofB] = [testEntry({ description: 'secret of a' }), testEntry({ description: 'public of b' })];
let ids: IdTokens;
let keeper: RunningKeeper;

beforeAll(async () => {
  ids = await createIdTokens();
  await Promise.all([sendEntries(stack, a, [ofA]), sendEntries(stack, b, [ofB])]);
  await Promise.all([waitForTrail(stack, a, 1), waitForTrail(stack, b, 1)]);
  const tokens = new GatewayTokenSet([a, b].flatMap((each) => [tokensFor(each).read, tokensFor(each).write]).join(' '));
  keeper = await serve({
    ...{ folder: join(folder, 'keeper'), port: Number(new URL(behind.keeperUrl).port) },
    engine: exportEngine({ url: urls.gateway, tokens, keyFile: join(folder, 'key.pem') }),
    collector: { url: urls.gateway, tokens },
    grafana: { url: ISSUER, keys: ids.jwks, token: behind.tokens.keeper, orgs: ORGS },
    log: () => undefined,
  });
});

// Tenant a only has its own entry.
afterAll(async () => {
  expect((await readTrail(stack, a)).map(({ entry }) => entry?.id)).toEqual([ofA.id]);
  await keeper?.stop();
  rmSync(folder, { recursive: true });
});

const SPAN = `start=${Date.now() - 60_000}000000&end=${Date.now() + 600_000}000000`;
const QUERY = `/loki/api/v1/query_range?query=${encodeURIComponent('{audit_channel=~".+"}')}&${SPAN}`;
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const encode = (text: string) => `auditrail_gw_${Buffer.from(text).toString('base64').replaceAll('=', '')}`;
const decode = (token: string) => Buffer.from(token.slice('auditrail_gw_'.length), 'base64').toString();
const secretOf = (token: string) => parseGatewayToken(token)?.secret ?? '';
const post = (path: string, token: string, headers: Record<string, string> = {}, body = otlpLogs([testEntry()])) =>
  rawRequest(urls.gateway, path, {
    method: 'POST',
    headers: { ...bearer(token), 'Content-Type': 'application/json', ...headers },
    body,
  });
const contextOf = (user: object = {}) => ({
  'X-Grafana-Context': JSON.stringify({ Login: 'ada', UserUID: 'u1', Name: 'Ada', OrgID: 1, ...user }),
});

const [tokensA, tokensB] = [tokensFor(a), tokensFor(b)];
const UNKNOWN = [401, 'unknown or revoked'] as const;

describe('reading', () => {
  it('reads its own tenant, with the token in the header or the path, with and without X-Scope-OrgID', async () => {
    for (const token of [tokensA.read, tokensA.grafana]) {
      for (const headers of [bearer(token), { ...bearer(token), 'X-Scope-OrgID': a }]) {
        expect((await rawRequest(urls.gateway, QUERY, { headers })).body).toContain('secret of a');
      }
      expect((await rawRequest(urls.gateway, `/t/${token}${QUERY}`)).body).toContain('secret of a');
    }
  });

  it.each<[string, () => [token: string, headers?: Record<string, string>], readonly [number, string]]>([
    ['without a token', () => [''], [401, 'authentication required']],
    ['with a forged token', () => [encode(`${a}/read/00000000:${'x'.repeat(44)}`)], UNKNOWN],
    ['with the secret of another tenant', () => [encode(decode(tokensB.read).replace(b, a))], UNKNOWN],
    [
      'with the secret of another key',
      () => [encode(decode(tokensA.read).replace(/:.*/, `:${secretOf(tokensB.read)}`))],
      UNKNOWN,
    ],
    ['with a changed role', () => [encode(decode(tokensA.write).replace('/write/', '/read/'))], UNKNOWN],
    ['with a tenant that contains slashes', () => [encode(decode(tokensB.read).replace(b, `${a}/read/x`))], UNKNOWN],
    ['without the secret', () => [encode(decode(tokensA.read).replace(/:.*/, ':'))], UNKNOWN],
    ['with the hash as secret', () => [encode(decode(tokensA.read).replace(/:.*/, ':{SSHA}'))], UNKNOWN],
    ['with the role write', () => [tokensA.write], [403, 'token create --for read']],
    ["with the other's tenant in the header", () => [tokensB.read, { 'X-Scope-OrgID': a }], [403, `for tenant ${b}`]],
    [
      "with Grafana's token and the other's tenant",
      () => [tokensB.grafana, { 'X-Scope-OrgID': a }],
      [403, `for tenant ${b}`],
    ],
    ['with both tenants', () => [tokensB.read, { 'X-Scope-OrgID': `${b}|${a}` }], [403, `for tenant ${b}`]],
    ['with a list of tenants', () => [tokensB.read, { 'X-Scope-OrgID': `${b}, ${a}` }], [403, `for tenant ${b}`]],
    [
      'with another case of the tenant',
      () => [tokensB.read, { 'X-Scope-OrgID': b.toUpperCase() }],
      [403, `for tenant ${b}`],
    ],
    ['with the token behind the gateway', () => [behind.tokens.collector], UNKNOWN],
  ])('reads nothing of another tenant %s', async (_, made, [status, words]) => {
    const [token, headers = {}] = made();
    for (const path of [QUERY, '/loki/api/v1/labels']) {
      const response = await rawRequest(urls.gateway, path, { headers: { ...(token && bearer(token)), ...headers } });
      expect([path, response.status, response.body]).toEqual([path, status, expect.stringContaining(words)]);
    }
    const tail = `/loki/api/v1/tail?query=${encodeURIComponent('{audit_channel=~".+"}')}`;
    const upgrade = { ...headers, Connection: 'Upgrade', Upgrade: 'websocket' };
    const socket = await rawRequest(urls.gateway, tail, { headers: { ...(token && bearer(token)), ...upgrade } });
    expect(socket.status).toBe(status);
  });

  it.each([
    ['sets internal headers of the gateway', { 'X-Auditrail-Tenant': '@a', 'X-Auditrail-Role': 'grafana' }],
    ['lets a proxy drop X-Scope-OrgID', { Connection: 'X-Scope-OrgID' }],
    ['lets a proxy drop more headers', { Connection: 'X-Scope-OrgID, X-Auditrail-Tenant, Host' }],
    ['sends cookies', { Cookie: 'X-Scope-OrgID=@a' }],
    [
      'sends headers that rewrite the URL',
      { 'X-Original-URL': '/config', 'X-Rewrite-URL': '/config', 'X-HTTP-Method-Override': 'POST' },
    ],
  ])('reads its own tenant although it %s', async (_, headers) => {
    const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('@a', a)]));
    const response = await rawRequest(urls.gateway, QUERY, { headers: { ...bearer(tokensB.read), ...given } });
    expect([response.status, response.body]).toEqual([200, expect.stringContaining('public of b')]);
    expect(response.body).not.toContain('secret of a');
  });

  it('uses the token of the path, not that of the header', async () => {
    const mixed = await rawRequest(urls.gateway, `/t/${tokensB.read}${QUERY}`, { headers: bearer(tokensA.read) });
    expect([mixed.status, mixed.body]).toEqual([200, expect.stringContaining('public of b')]);
    for (const broken of ['x', 'auditrail_gw_', `${tokensA.read}x`, `${tokensA.read}%20`, tokensA.read.toUpperCase()]) {
      const response = await rawRequest(urls.gateway, `/t/${broken}${QUERY}`, { headers: bearer(tokensA.read) });
      expect([broken, response.status]).toEqual([broken, 401]);
    }
  });

  it.each([
    '/../config',
    '/..%2fconfig',
    '/t/../config',
    '//config',
    '/%2e%2e/config',
    '/loki/api/v1/labels/../push',
    '',
  ])('refuses /t/TOKEN%s', async (rest) => {
    const response = await rawRequest(urls.gateway, `/t/${tokensA.read}${rest}`);
    expect([400, 401, 403]).toContain(response.status);
  });

  it.each(['Basic @', 'basic @', 'Bearer  @', 'Bearer @ @', 'Token @', '@', 'Bearer "@"'])(
    'refuses the header "%s"',
    async (form) => {
      const Authorization = form.replaceAll('@', tokensA.read);
      expect((await rawRequest(urls.gateway, QUERY, { headers: { Authorization } })).status).toBe(401);
      const basic = form.replaceAll('@', tokensA.read.slice('auditrail_gw_'.length));
      expect((await rawRequest(urls.gateway, QUERY, { headers: { Authorization: basic } })).status).toBe(401);
    },
  );

  it('refuses a second Authorization header', async () => {
    const lines = [tokensB.read, tokensA.read].map((token) => `Authorization: Bearer ${token}\r\n`).join('');
    const response = await rawSend(
      urls.gateway,
      `GET ${QUERY} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`,
    );
    expect(response).not.toContain('secret of a');
  });
});

describe('writing', () => {
  it.each<[string, string, () => [token: string, headers?: Record<string, string>], number, string]>([
    ['with the role read', '/v1/logs', () => [tokensA.read], 403, 'token create --for write'],
    ["with the other's tenant in the header", '/v1/logs', () => [tokensB.write, { 'X-Scope-OrgID': a }], 403, b],
    ["with Grafana's token and another action", '/v1/logs', () => [tokensA.grafana, contextOf()], 503, 'audit.'],
    ["with Grafana's token and no user", '/v1/logs', () => [tokensA.grafana], 503, 'X-Grafana-Context is missing'],
    ['traces with the role read', '/v1/traces', () => [tokensA.read], 403, 'token create --for write'],
    ["traces with Grafana's token", '/v1/traces', () => [tokensA.grafana], 403, 'token create --for write'],
    ['with the token behind the gateway', '/v1/logs', () => [behind.tokens.collector], 401, 'unknown or revoked'],
    ['by another spelling of the path', '/v1/logs/', () => [tokensB.write], 403, 'lets only'],
    ['by an encoded path', '/v1/%6cogs', () => [tokensB.write], 403, 'lets only'],
    ['with a query', '/v1/logs?tenant=x', () => [tokensB.write], 403, 'lets only'],
    ['into Loki itself', '/otlp/v1/logs', () => [tokensA.write], 403, 'lets only'],
  ])('writes nothing %s', async (_, path, made, status, words) => {
    const [token, headers] = made();
    const response = await post(path, token, headers);
    expect([response.status, response.body]).toEqual([status, expect.stringContaining(words)]);
  });

  it("writes to the token's tenant, whatever headers are sent, and never as Grafana", async () => {
    const tenant = uniqueTenant('d');
    const { write } = tokensFor(tenant);
    const tries: Record<string, string>[] = [
      {},
      { Connection: 'X-Scope-OrgID' },
      { 'X-Auditrail-Tenant': a, 'X-Auditrail-Role': 'grafana' },
      { 'X-Auditrail-Service': 'another' },
      contextOf(),
    ];
    const entries = tries.map(() => testEntry({ actor: { type: 'user', id: 'mallory' } }));
    for (const [i, headers] of tries.entries()) {
      for (const wait of ['loki', 'queue']) {
        const more = { ...headers, 'X-Auditrail-Wait': wait };
        const response = await post('/v1/logs', write, more, otlpLogs(entries.slice(i, i + 1)));
        expect([headers, response.status]).toEqual([headers, 200]);
      }
    }
    const lines = await waitForTrail(stack, tenant, entries.length);
    expect(new Set(lines.map(({ entry }) => entry?.id))).toEqual(new Set(entries.map(({ id }) => id)));
    expect(new Set(lines.map(({ entry }) => entry?.actor.id))).toEqual(new Set(['mallory']));
  });

  it('writes with the token in the path, and as Grafana only with its token', async () => {
    const tenant = uniqueTenant('e');
    const { write, grafana } = tokensFor(tenant);
    const sendEntry = (token: string, headers: Record<string, string>, action: string) =>
      rawRequest(urls.gateway, `/t/${token}/v1/logs`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Auditrail-Wait': 'loki', ...headers },
        body: otlpLogs([testEntry({ action, actor: { type: 'user', id: 'mallory' } })]),
      });
    expect((await sendEntry(write, {}, 'user.login')).status).toBe(200);
    expect((await sendEntry(grafana, contextOf(), 'audit.export.downloaded')).status).toBe(200);
    const lines = await waitForTrail(stack, tenant, 2);
    const actors = lines.map(({ entry }) => `${entry?.action} ${entry?.actor.id}`).sort();
    expect(actors).toEqual(['audit.export.downloaded u1', 'user.login mallory']);
  });

  it('accepts at most 20 MB, and reports the limit', async () => {
    const { write } = tokensFor(uniqueTenant('large'));
    const response = await post('/v1/logs', write, {}, ' '.repeat(21 * 1024 * 1024));
    expect([response.status, response.body]).toEqual([413, expect.stringContaining('20 MB')]);
    expect((await post('/v1/logs', write, {}, `${' '.repeat(19 * 1024 * 1024)}{}`)).status).toBe(200);
  });
});

describe('the keeper behind the gateway', () => {
  const person = async (orgId: number) => ({
    'X-Grafana-Id': await ids.sign(USERS.admin, orgId, ISSUER),
    ...contextOf({ UserUID: USERS.admin.uid, Login: USERS.admin.login, OrgID: orgId }),
  });
  const NEW_EXPORT = JSON.stringify({
    ...{ name: 'Q3', formats: ['ndjson'] },
    ...{ from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' },
  });
  const start = async (token: string, orgId: number, headers: Record<string, string> = {}) =>
    post('/keeper/v1/exports', token, { ...(await person(orgId)), ...headers }, NEW_EXPORT);

  it('exports the tenant of the token, for a user of its organization', async () => {
    const tokensOfB = tokensFor(b);
    const started = await start(tokensOfB.grafana, 2);
    expect(started).toMatchObject({
      status: 201,
      headers: { location: expect.stringMatching(/^\/keeper\/v1\/exports\//) },
    });
    const listed = await rawRequest(urls.gateway, `/t/${tokensOfB.grafana}/keeper/v1/exports?limit=5`, {
      headers: await person(2),
    });
    expect([listed.status, listed.body]).toEqual([200, expect.stringContaining('"Q3"')]);
    const others = await rawRequest(urls.gateway, '/keeper/v1/exports', {
      headers: { ...bearer(tokensA.grafana), ...(await person(1)) },
    });
    expect([others.status, others.body]).toEqual([200, expect.not.stringContaining('"Q3"')]);
  });

  it.each<[string, () => Promise<{ status: number; body: string }>, number, string]>([
    ['with the role read', () => start(tokensA.read, 1), 403, 'token create --for grafana'],
    ['with the role write', () => start(tokensA.write, 1), 403, 'token create --for grafana'],
    ["with the other's person", () => start(tokensB.grafana, 1), 403, 'FORBIDDEN'],
    ["with the other's token", () => start(tokensA.grafana, 2), 403, 'FORBIDDEN'],
    [
      "with the other's tenant in the header",
      () => start(tokensB.grafana, 2, { 'X-Scope-OrgID': a }),
      403,
      `for tenant ${b}`,
    ],
    [
      'without the tenant, by Connection',
      () => start(tokensB.grafana, 1, { Connection: 'X-Scope-OrgID' }),
      403,
      'FORBIDDEN',
    ],
    [
      'without a user',
      () => post('/keeper/v1/exports', tokensA.grafana, contextOf(), NEW_EXPORT),
      401,
      'UNAUTHENTICATED',
    ],
    ['by another path of the keeper', () => post('/keeper/healthz', tokensA.grafana), 403, 'lets only'],
    ['by a path with ..', () => post('/keeper/v1/../v1/exports', tokensA.grafana), 403, 'lets only'],
    ['by an encoded path', () => post('/keeper/v1/exports/%2e%2e/exports', tokensA.grafana), 403, 'lets only'],
    ['of a tenant without a token', () => start(tokensFor(c).grafana, 3), 503, 'TOKEN_MISSING'],
  ])('exports nothing %s', async (_, send, status, words) => {
    const response = await send();
    expect([response.status, response.body]).toEqual([status, expect.stringContaining(words)]);
  });

  const QUESTION = JSON.stringify({ from: '0', to: '1' });

  it.each(['', '/count', '/volume', '/values'])('reads entries by /v1/entries%s', async (question) => {
    const more = { '/volume': { stepSeconds: 1 }, '/values': { field: 'action' } }[question] ?? {};
    const body = JSON.stringify({ from: '0', to: '1', ...more });
    const response = await post(`/keeper/v1/entries${question}`, tokensA.grafana, await person(1), body);
    // It answers: this keeper takes no entries in.
    expect([response.status, response.body]).toEqual([409, expect.stringContaining('NO_INTAKE')]);
  });

  it.each([
    '/keeper/v1/entries/',
    '/keeper/v1/entries//count',
    '/keeper/v1//entries',
    '/keeper//v1/entries',
    '/keeper/v1/entries/count?x=1',
    '/keeper/v1/entries/../exports',
    '/keeper/v1/entries/%2e%2e/exports',
    '/keeper/v1/entries%2f..%2fexports',
    '/keeper/v1/entries/..%2fexports',
    '/keeper/v1/entries/exports',
    '/keeper/v1/entries;/../exports',
    '/keeper/v1/exports/../entries',
    '/keeper/v1/./entries',
    '/keeper/v1/%65ntries',
  ])('refuses %s', async (path) => {
    for (const body of [QUESTION, NEW_EXPORT]) {
      const response = await post(path, tokensA.grafana, await person(1), body);
      expect([response.status, response.body]).toEqual([403, expect.stringContaining('lets only')]);
    }
  });

  it.each(['GET', 'PUT', 'DELETE', 'HEAD'])('refuses %s of entries', async (method) => {
    const headers = { ...bearer(tokensA.grafana), ...(await person(1)) };
    const response = await rawRequest(urls.gateway, '/keeper/v1/entries', { method, headers });
    expect(response.status).toBe(403);
  });
});
