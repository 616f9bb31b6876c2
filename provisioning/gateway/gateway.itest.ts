import { testStack, uniqueTenant } from '@auditrail/stack';
import { readTrail, sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { rawRequest, rawSend } from '../testing/raw-http.ts';

const { urls, tokensFor } = testStack();
const gateway = new URL(urls.gateway);
const tenant = uniqueTenant('gateway');

const send = (path: string, { headers = {}, ...more }: Parameters<typeof rawRequest>[2] = {}) => {
  const all = { Authorization: `Bearer ${tokensFor(tenant).read}`, 'X-Scope-OrgID': tenant, ...headers };
  return rawRequest(urls.gateway, path, { headers: all, ...more });
};
const raw = (text: string) => rawSend(urls.gateway, text);

const entry = testEntry({ description: 'still here' });
beforeAll(async () => {
  await sendEntries({ urls, tokensFor }, tenant, [entry]);
  await waitForTrail({ urls, tokensFor }, tenant, 1);
});
// No request has changed Loki.
afterAll(async () => {
  expect((await readTrail({ urls, tokensFor }, tenant)).map(({ entry: stored }) => stored?.id)).toEqual([entry.id]);
  expect(await (await fetch(`${urls.loki}/ready`)).text()).toContain('ready');
});

const now = Date.now();
const SELECTOR = encodeURIComponent('{audit_channel=~".+"}');
const SPAN = `start=${now - 60_000}000000&end=${now + 60_000}000000`;

it.each([
  `/loki/api/v1/query_range?query=${SELECTOR}&${SPAN}`,
  `/loki/api/v1/query?query=${encodeURIComponent('sum(count_over_time({audit_channel=~".+"}[1m]))')}`,
  '/loki/api/v1/query?query=vector(1)%2Bvector(1)',
  '/loki/api/v1/labels',
  `/loki/api/v1/label/audit_channel/values?${SPAN}`,
  `/loki/api/v1/series?match[]=${SELECTOR}&${SPAN}`,
  `/loki/api/v1/index/stats?query=${SELECTOR}&${SPAN}`,
  `/loki/api/v1/index/volume?query=${SELECTOR}&${SPAN}`,
  `/loki/api/v1/index/volume_range?query=${SELECTOR}&${SPAN}`,
  `/loki/api/v1/detected_fields?query=${SELECTOR}&${SPAN}`,
  `/loki/api/v1/detected_field/audit_action/values?query=${SELECTOR}&${SPAN}`,
  `/loki/api/v1/detected_labels?query=${SELECTOR}&${SPAN}`,
  `/loki/api/v1/format_query?query=${SELECTOR}`,
  '/loki/api/v1/drilldown-limits',
])('allows reading: %s', async (path) => {
  expect(await send(path)).toMatchObject({ status: 200 });
});

it('follows the tail over a websocket', async () => {
  const socket = new WebSocket(`ws://${gateway.host}/loki/api/v1/tail?query=${SELECTOR}&start=${now - 60_000}000000`, {
    headers: { Authorization: `Bearer ${tokensFor(tenant).read}`, 'X-Scope-OrgID': tenant },
  } as never);
  const line = await new Promise<string>((resolve, reject) => {
    socket.onmessage = ({ data }) => resolve(String(data));
    socket.onerror = () => reject(new Error('the websocket failed'));
  });
  socket.close();
  expect(line).toContain('still here');
});

const PUSH = JSON.stringify({
  streams: [{ stream: { audit_channel: 'forged' }, values: [[`${now}000000`, 'forged']] }],
});

it.each([
  ['POST', '/loki/api/v1/push'],
  ['PUT', '/loki/api/v1/push'],
  ['GET', '/loki/api/v1/push'],
  ['POST', '/api/prom/push'],
  ['POST', '/otlp/v1/logs'],
  ['POST', `/loki/api/v1/delete?query=${SELECTOR}&start=0`],
  ['PUT', `/loki/api/v1/delete?query=${SELECTOR}&start=0`],
  ['GET', `/loki/api/v1/delete?query=${SELECTOR}&start=0`],
  ['DELETE', '/loki/api/v1/delete?request_id=x'],
  ['POST', '/flush'],
  ['GET', '/flush'],
  ['POST', '/ingester/shutdown'],
  ['GET', '/ingester/shutdown'],
  ['POST', '/ingester/prepare_shutdown'],
  ['GET', '/config'],
  ['GET', '/metrics'],
  ['GET', '/services'],
  ['GET', '/ring'],
  ['GET', '/log_level?log_level=debug'],
  ['POST', '/log_level?log_level=debug'],
  ['GET', '/debug/pprof/'],
  ['GET', '/loki/api/v1/rules'],
  ['POST', '/loki/api/v1/rules/x'],
  ['GET', '/loki/api/v1/status/buildinfo'],
  ['GET', '/'],
  // Reads with another method.
  ['POST', `/loki/api/v1/query?query=${SELECTOR}`],
  ['HEAD', '/loki/api/v1/labels'],
  ['OPTIONS', '/loki/api/v1/labels'],
  ['PATCH', '/loki/api/v1/labels'],
  ['TRACE', '/loki/api/v1/labels'],
  ['PROPFIND', '/loki/api/v1/labels'],
  // Another path hidden in an allowed one.
  ['POST', '/loki/api/v1/query/../push'],
  ['GET', '/loki/api/v1/query/../push'],
  ['GET', '/loki/api/v1/query/..%2fpush'],
  ['GET', '/loki/api/v1/query%2f..%2fpush'],
  ['GET', '/loki/api/v1/%2e%2e/%2e%2e/%2e%2e/config'],
  ['GET', '/loki/api/v1/label/../../../../config/values'],
  ['GET', '/loki/api/v1/label/..%2f..%2fdelete/values'],
  ['GET', '/loki/api/v1/label/%2e%2e/values'],
  ['GET', '/loki/api/v1/labels/../../../../flush'],
  ['GET', '/loki/api/v1/%70ush'],
  ['GET', '/loki/api/v1/label%73'],
  ['GET', '//loki/api/v1/push'],
  ['GET', '//loki/api/v1/labels'],
  ['GET', '/loki//api/v1/labels'],
  ['GET', '/loki/api/v1/labels/'],
  ['GET', '/loki/api/v1/labels;/../push'],
  ['GET', '/loki/api/v1/labels#/../push'],
  ['GET', '/LOKI/API/V1/LABELS'],
  ['GET', '/healthz/../loki/api/v1/push'],
  ['GET', '/ready/../config'],
  ['GET', '/ready%2f..%2fconfig'],
])('refuses %s %s', async (method, path) => {
  const response = await send(path, { method, body: ['POST', 'PUT'].includes(method) ? PUSH : '' });
  expect([400, 403, 405]).toContain(response.status);
  expect(JSON.stringify(response.headers)).not.toMatch(/nginx\/\d|loki/i);
  if (method !== 'HEAD') expect(response.body).not.toMatch(/nginx\/\d/);
});

it('responds to a refused request with the reason in JSON', async () => {
  const response = await send('/loki/api/v1/push', { method: 'POST', body: PUSH });
  expect([response.status, response.headers['content-type'], JSON.parse(response.body)]).toEqual([
    403,
    'application/json',
    {
      status: 'error',
      error:
        'the gateway lets only reads of Loki through, POST /v1/logs and /v1/traces, GET /v1/stored, and /keeper/v1',
    },
  ]);
  const large = await send('/loki/api/v1/push', { method: 'POST', body: PUSH.repeat(1000) });
  expect([large.status, large.headers['content-type']]).toEqual([403, 'application/json']);
});

it.each([
  ['no token', '', 'authentication required'],
  ['a wrong token', 'Bearer wrong', 'unknown or revoked'],
  ['the token in upper case', `Bearer ${tokensFor(tenant).read.toUpperCase()}`, 'unknown or revoked'],
  ['a suffix after the token', `Bearer ${tokensFor(tenant).read}x`, 'unknown or revoked'],
  ['another scheme', `Basic ${tokensFor(tenant).read}`, 'unknown or revoked'],
  ['the name of a variable', 'Bearer ${AUDITRAIL_COLLECTOR_TOKEN}', 'unknown or revoked'],
])('refuses %s', async (_, Authorization, words) => {
  const response = await send('/loki/api/v1/labels', { headers: { Authorization } });
  expect([response.status, JSON.parse(response.body)]).toEqual([
    401,
    { status: 'error', error: expect.stringContaining(words) },
  ]);
  expect(response.headers['www-authenticate']).toBe('Bearer realm="auditrail"');
});

it.each(['a|b', '..', '.', '../x', 'a b', 'a/b', '*', 'ä', 'acme!', '.a', 'x'.repeat(65)])(
  'refuses the tenant "%s"',
  async (id) => {
    expect(await send('/loki/api/v1/labels', { headers: { 'X-Scope-OrgID': id } })).toMatchObject({ status: 403 });
  },
);

it("forwards the token's tenant, even if headers have another one", async () => {
  const other = uniqueTenant('other');
  const query = `GET /loki/api/v1/query_range?query=${SELECTOR}&${SPAN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
  const token = `Authorization: Bearer ${tokensFor(other).read}\r\n`;
  for (const [first, second] of [
    [other, tenant],
    [tenant, other],
  ]) {
    const twice = await raw(`${query}${token}X-Scope-OrgID: ${first}\r\nX-Scope-OrgID: ${second}\r\n\r\n`);
    expect(twice).not.toContain('still here');
  }
  const underscores = await raw(`${query}${token}X-Scope-OrgID: ${other}\r\nX_Scope_OrgID: ${tenant}\r\n\r\n`);
  expect(underscores).toContain('200 OK');
  expect(underscores).not.toContain('still here');
  // A line break in the URL does not start a header.
  const injected = await send(`/loki/api/v1/labels?x=%0d%0aX-Scope-OrgID:%20${tenant}`, {
    headers: { Authorization: `Bearer ${tokensFor(other).read}`, 'X-Scope-OrgID': other },
  });
  expect([injected.status, injected.body]).toEqual([200, expect.not.stringContaining('audit_channel')]);
});

it('does not allow request smuggling', async () => {
  const body = `POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: ${tenant}\r\nContent-Type: application/json\r\nContent-Length: ${PUSH.length}\r\n\r\n${PUSH}`;
  const head = `GET /loki/api/v1/labels HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokensFor(tenant).read}\r\nX-Scope-OrgID: ${tenant}\r\n`;
  const both = await raw(`${head}Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${body}`);
  const upgrade = await raw(`${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n${body}`);
  const length = await raw(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
  for (const response of [both, upgrade, length]) expect(response).not.toContain('204');
});

it.each([
  'get /loki/api/v1/labels',
  'Get /healthz',
  'GET http://x/loki/api/v1/labels',
  'GET http://x/healthz',
  'GET https://x/loki/api/v1/push',
  'GET http://x',
  'GET labels',
  'OPTIONS *',
  'GET /.read',
  'POST /.logs',
  'GET /%2eauth',
  'CONNECT x:80',
  'GET /%zz',
  `GET /${'x'.repeat(70_000)}`,
  `GET http://x/${'x'.repeat(70_000)}`,
])('refuses the malformed request "%.40s" with 400', async (line) => {
  const headers = `Host: x\r\nConnection: close\r\nAuthorization: Bearer ${tokensFor(tenant).read}\r\nX-Scope-OrgID: ${tenant}\r\n`;
  const response = await raw(`${line} HTTP/1.1\r\n${headers}\r\n`);
  expect(response).toMatch(/^HTTP\/1\.1 400 /);
  expect(response).toContain('{"status":"error","error":"the gateway does not understand this request"}');
});

it('reports its health and that of Loki without a token', async () => {
  const none = { headers: { Authorization: '', 'X-Scope-OrgID': '' } };
  expect(await send('/healthz', none)).toMatchObject({ status: 200, body: '{"status":"ok"}\n' });
  expect(await send('/ready', none)).toMatchObject({ status: 200, body: 'ready\n' });
});
