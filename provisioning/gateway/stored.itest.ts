import { formatTime, msToNs } from '@auditrail/core';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { GatewayTokenFile } from 'auditrail';

// GET /v1/stored returns the sequence numbers of one chain and nothing else. sdk/src/delivery/read-back.itest.ts tests the
// SDK with it.
const stack = testStack();
const [tenant, other] = [uniqueTenant('stored'), uniqueTenant('stored-other')];
const STREAM = '0191f3a2-7c1e-7b3a-9d52-3f6a1b2c4d5e';
const OTHER_STREAM = '0191f3a2-7c1e-7b3a-9d52-3f6a1b2c4d5f';
const SERVICE = 'Büro & "Söhne"/{x}';
const BEGAN_NS = msToNs(Date.now() - 60_000);

const chained = (stream: string, seq: number, service: string) => ({
  ...testEntry({ description: `entry ${seq}` }, { service }),
  time: formatTime(BEGAN_NS + BigInt(seq)),
  chain: { stream, seq, prev: null },
});

beforeAll(async () => {
  const plain = SERVICE.replaceAll('"', "'");
  await sendEntries(
    stack,
    tenant,
    [1, 2, 3, 5].map((seq) => chained(STREAM, seq, plain)),
  );
  await sendEntries(
    stack,
    tenant,
    [1, 2].map((seq) => chained(OTHER_STREAM, seq, 'shop')),
  );
  await sendEntries(stack, other, [chained(STREAM, 9, plain)]);
  await waitForTrail(stack, tenant, 6);
  await waitForTrail(stack, other, 1);
});

const PARAMS = {
  stream: STREAM,
  service: SERVICE.replaceAll('"', "'"),
  end: String(BEGAN_NS + 100n),
  seconds: '10',
  limit: '5000',
};

async function getStored(params: Partial<typeof PARAMS> | string, options: { token?: string; method?: string } = {}) {
  const { token = stack.tokensFor(tenant).write, method = 'GET' } = options;
  const parts = typeof params === 'string' ? [] : Object.entries({ ...PARAMS, ...params });
  const query =
    typeof params === 'string'
      ? params
      : parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`${stack.urls.gateway}/v1/stored?${query}`, { method, headers });
  const text = await response.text();
  const numbers = [...text.matchAll(/\["\d{19}","(\d+)"\]/g)].map(([, number]) => Number(number));
  return { status: response.status, numbers, text };
}

test('returns the numbers of the chain in the range, and nothing of the entries', async () => {
  const { status, numbers, text } = await getStored({});
  expect([status, numbers]).toEqual([200, [5, 3, 2, 1]]);
  expect(text).not.toMatch(/entry|Ada|audit_|record/);
  expect(await getStored({ end: String(BEGAN_NS + 3n), limit: '1' })).toMatchObject({ numbers: [2] });
  expect(await getStored({ stream: OTHER_STREAM, service: 'shop' })).toMatchObject({ numbers: [2, 1] });
});

test('returns no numbers of another chain, service or tenant', async () => {
  expect(await getStored({ stream: OTHER_STREAM })).toMatchObject({ status: 200, numbers: [] });
  expect(await getStored({ service: 'shop' })).toMatchObject({ status: 200, numbers: [] });
  expect(await getStored({}, { token: stack.tokensFor(other).write })).toMatchObject({ numbers: [9] });
});

test.each([
  { stream: 'x' },
  { stream: `${STREAM}"` },
  { stream: '........-....-....-....-............' },
  { stream: '' },
  { service: '' },
  { service: 'a"b' },
  { service: 'a\\b' },
  { service: 'a\nb' },
  { service: 'a\u0000b' },
  { end: '' },
  { end: '1' },
  { end: '-1' },
  { end: 'now' },
  { end: `${BEGAN_NS}&query=x` },
  { seconds: '10000' },
  { seconds: '0' },
  { seconds: '1h' },
  { limit: '50000' },
  { limit: '' },
])('refuses %j', async (params) => {
  const { status, text } = await getStored(params);
  expect([status, text]).toEqual([400, expect.stringContaining('stream, service, end')]);
});

test('does not forward a query or a part of one', async () => {
  expect(await getStored('query=%7Bservice_name%3D~%22.%2B%22%7D')).toMatchObject({ status: 400 });
  const all = Object.entries(PARAMS).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  expect(await getStored([...all, 'query=%7Bservice_name%3D~%22.%2B%22%7D', 'start=0'].join('&'))).toMatchObject({
    status: 200,
    numbers: [5, 3, 2, 1],
  });
});

test('requires a token with the role write, and the service that it is bound to', async () => {
  const { read, grafana } = stack.tokensFor(tenant);
  expect(await getStored({}, { token: read })).toMatchObject({ status: 403 });
  expect(await getStored({}, { token: grafana })).toMatchObject({ status: 403 });
  expect(await getStored({}, { token: 'wrong' })).toMatchObject({ status: 401 });
  expect(await getStored({}, { method: 'POST' })).toMatchObject({ status: 403 });
  const file = new GatewayTokenFile(stack.tokensFile);
  const { token } = await file.create({ tenant, role: 'write', service: 'shop' });
  expect(await getStored({ stream: OTHER_STREAM, service: 'shop' }, { token })).toMatchObject({
    status: 200,
    numbers: [2, 1],
  });
  expect(await getStored({}, { token })).toMatchObject({
    status: 403,
    text: expect.stringContaining('the token is for service shop, and the question names another one'),
  });
  expect(await getStored({ service: 'sho' }, { token })).toMatchObject({ status: 403 });
  expect(await getStored({ service: 'shopping' }, { token })).toMatchObject({ status: 403 });
});

test('accepts the token in the path', async () => {
  const query = Object.entries(PARAMS).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const token = stack.tokensFor(tenant).write;
  const response = await fetch(`${stack.urls.gateway}/t/${token}/v1/stored?${query.join('&')}`);
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('"5"')]);
});
