import { formatTime, msToNs } from '@auditrail/core';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { GatewayTokenFile } from 'auditrail';

// GET /v1/stored: the sequence numbers of one chain, and nothing else. How the SDK uses it: sdk/src/delivery/read-back.itest.ts.
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

const QUESTION = {
  stream: STREAM,
  service: SERVICE.replaceAll('"', "'"),
  end: String(BEGAN_NS + 100n),
  seconds: '10',
  limit: '5000',
};

async function ask(question: Partial<typeof QUESTION> | string, options: { token?: string; method?: string } = {}) {
  const { token = stack.tokensFor(tenant).write, method = 'GET' } = options;
  const parts = typeof question === 'string' ? [] : Object.entries({ ...QUESTION, ...question });
  const query =
    typeof question === 'string'
      ? question
      : parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${stack.urls.gateway}/v1/stored?${query}`, { method, headers });
  const text = await answer.text();
  const numbers = [...text.matchAll(/\["\d{19}","(\d+)"\]/g)].map(([, number]) => Number(number));
  return { status: answer.status, numbers, text };
}

test('gives the numbers of the chain in the range, and nothing of the entries', async () => {
  const { status, numbers, text } = await ask({});
  expect([status, numbers]).toEqual([200, [5, 3, 2, 1]]);
  expect(text).not.toMatch(/entry|Ada|audit_|record/);
  expect(await ask({ end: String(BEGAN_NS + 3n), limit: '1' })).toMatchObject({ numbers: [2] });
  expect(await ask({ stream: OTHER_STREAM, service: 'shop' })).toMatchObject({ numbers: [2, 1] });
});

test("another chain's, service's or tenant's numbers are not in it", async () => {
  expect(await ask({ stream: OTHER_STREAM })).toMatchObject({ status: 200, numbers: [] });
  expect(await ask({ service: 'shop' })).toMatchObject({ status: 200, numbers: [] });
  expect(await ask({}, { token: stack.tokensFor(other).write })).toMatchObject({ numbers: [9] });
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
])('refuses %j', async (question) => {
  const { status, text } = await ask(question);
  expect([status, text]).toEqual([400, expect.stringContaining('give stream, service, end')]);
});

test('a raw query is not passed on, nor a part of one', async () => {
  expect(await ask('query=%7Bservice_name%3D~%22.%2B%22%7D')).toMatchObject({ status: 400 });
  const all = Object.entries(QUESTION).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  expect(await ask([...all, 'query=%7Bservice_name%3D~%22.%2B%22%7D', 'start=0'].join('&'))).toMatchObject({
    status: 200,
    numbers: [5, 3, 2, 1],
  });
});

test('is for tokens that write, of this service if they are bound to one', async () => {
  const { read, grafana } = stack.tokensFor(tenant);
  expect(await ask({}, { token: read })).toMatchObject({ status: 403 });
  expect(await ask({}, { token: grafana })).toMatchObject({ status: 403 });
  expect(await ask({}, { token: 'wrong' })).toMatchObject({ status: 401 });
  expect(await ask({}, { method: 'POST' })).toMatchObject({ status: 403 });
  const file = new GatewayTokenFile(stack.tokensFile);
  const { token } = await file.create({ tenant, role: 'write', service: 'shop' });
  expect(await ask({ stream: OTHER_STREAM, service: 'shop' }, { token })).toMatchObject({
    status: 200,
    numbers: [2, 1],
  });
  expect(await ask({}, { token })).toMatchObject({
    status: 403,
    text: expect.stringContaining('the token is for service shop, and the question names another one'),
  });
  expect(await ask({ service: 'sho' }, { token })).toMatchObject({ status: 403 });
  expect(await ask({ service: 'shopping' }, { token })).toMatchObject({ status: 403 });
});

test('may have the token in its path', async () => {
  const query = Object.entries(QUESTION).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const token = stack.tokensFor(tenant).write;
  const answer = await fetch(`${stack.urls.gateway}/t/${token}/v1/stored?${query.join('&')}`);
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('"5"')]);
});
