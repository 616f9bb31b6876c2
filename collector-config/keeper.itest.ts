import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson } from '@auditrail/core';
import { startStack, testStack, type RunningStack } from '@auditrail/stack';
import {
  otlpLogs,
  postLogs,
  readTrail,
  sendEntries,
  startFakeKeeper,
  testEntry,
  waitForTrail,
  type FakeKeeper,
  type Refusal,
} from '@auditrail/stack/testing';
import { keeperLines, keeperMetric, sendDirect, sendRecords } from './testing.ts';

const crashes: string[] = [];
let keeper: FakeKeeper;
let stack: RunningStack;

beforeAll(async () => {
  keeper = await startFakeKeeper();
  stack = await startStack({ keeperIntake: keeper.intake, onCrash: (message) => crashes.push(message) });
}, 60_000);
afterEach(() => {
  keeper.refuse();
  expect(crashes).toEqual([]);
});
afterAll(async () => {
  await stack?.stop();
  await keeper?.stop();
}, 60_000);

const queueSize = () => keeperMetric(stack, 'queue_size');

/** Waits until what was sent is on the disk of the keeper's queue. */
async function untilQueued(sizeBefore: number): Promise<void> {
  while ((await queueSize()) <= sizeBefore) await sleep(20);
}

const isOf = (number: number) => testEntry({ description: `number ${number}` });

it('the keeper gets the same lines as Loki, of every kind of sender', async () => {
  const tenant = 'kinds';
  const odd = '<b> & é 😀 \u2028 "';
  await sendEntries(stack, tenant, [testEntry({ description: odd })]);
  expect((await sendDirect(stack, tenant, [testEntry({ description: odd })])).status).toBe(200);
  const records = [
    { body: odd, attributes: { 'audit.action': 'user.login', 'user.email': 'ada@example.com' } },
    { body: { text: odd, share: 0.1, big: 9_007_199_254_740_993n, list: [1, true] }, attributes: { a: 'b' } },
  ];
  await sendRecords(stack, tenant, records);
  const ofGrafana = testEntry({ action: 'audit.exported', properties: { odd, share: 0.1, list: [1, odd] } });
  const user = JSON.stringify({ Login: 'ada', UserUID: 'u1', Email: 'ada@example.com' });
  const headers = { 'X-Grafana-Context': user };
  const exported = await postLogs(stack.urls.gateway, stack.tokensFor(tenant).grafana, otlpLogs([ofGrafana]), headers);
  expect(exported.status).toBe(200);

  const lines = await keeperLines(keeper, tenant, 5);
  const inLoki = await waitForTrail(stack, tenant, 5);
  expect(lines.sort()).toEqual(inLoki.map(({ line }) => line).sort());
  expect(lines.join()).toContain(odd.slice(0, 8));
});

it('a request to the keeper has entries of one tenant, in the order of arrival', async () => {
  const tenants = ['order-a', 'order-b', 'order-c'];
  keeper.refuse({ status: 503 });
  const sent = new Map(tenants.map((tenant) => [tenant, [] as string[]]));
  for (let i = 0; i < 60; i++) {
    for (const tenant of tenants) {
      const entry = testEntry({ description: `${tenant} ${i}`, properties: { filler: 'x'.repeat(i * 100) } });
      if (i % 2) await sendEntries(stack, tenant, [entry]);
      else expect((await sendDirect(stack, tenant, [entry])).status).toBe(200);
      sent.get(tenant)?.push(canonicalJson(entry));
    }
    if (i === 30) keeper.refuse();
  }
  for (const tenant of tenants) expect(await keeperLines(keeper, tenant, 60)).toEqual(sent.get(tenant));
});

const REFUSALS: [string, Refusal][] = [
  ['503 and a pause', { status: 503, headers: { 'Retry-After': '1' } }],
  ['429', { status: 429 }],
  ['no response', 'hang'],
];
it.each(REFUSALS)(
  'a keeper that answers with %s gets everything afterwards, in order, and nobody else notices',
  async (name, refusal) => {
    const tenant = `later-${name.replace(/\W/g, '')}`;
    const refused = keeper.refused;
    keeper.refuse(refusal);
    const entries = Array.from({ length: 30 }, (_, i) => isOf(i));
    for (const entry of entries) expect((await sendDirect(stack, tenant, [entry])).status).toBe(200);
    expect(await waitForTrail(stack, tenant, 30)).toHaveLength(30);
    while (keeper.refused < refused + (refusal === 'hang' ? 1 : 2)) await sleep(50);
    expect(keeper.linesOf(tenant)).toEqual([]);
    keeper.refuse();
    expect(await keeperLines(keeper, tenant, 30)).toEqual(entries.map(canonicalJson));
  },
  60_000,
);

it('what waits for the keeper survives a kill of the collector', async () => {
  const tenants = ['killed-a', 'killed-b'];
  // What the keeper has leaves the queue only after its response.
  while ((await queueSize()) > 0) await sleep(20);
  keeper.refuse({ status: 503 });
  const sent = new Map(tenants.map((tenant) => [tenant, [] as string[]]));
  for (let i = 0; i < 20; i++) {
    for (const tenant of tenants) {
      const before = await queueSize();
      const entry = isOf(i);
      expect((await sendDirect(stack, tenant, [entry])).status).toBe(200);
      sent.get(tenant)?.push(canonicalJson(entry));
      await untilQueued(before);
    }
    if (i % 10 === 9) {
      await stack.collector.kill();
      await stack.collector.start();
    }
  }
  keeper.refuse();
  for (const tenant of tenants) {
    // The first batch, which was on its way, is sent again behind the others.
    expect((await keeperLines(keeper, tenant, 20)).sort()).toEqual(sent.get(tenant)?.sort());
  }
}, 60_000);

it('a sender learns what Loki refuses as without a keeper, and the keeper gets the entry', async () => {
  const tenant = 'refused';
  const tooLong = testEntry({ properties: { long: 'x'.repeat(1_100_000) } });
  const answers = await Promise.all(
    [stack, testStack()].map(async (each) => {
      const response = await sendDirect(each, tenant, [tooLong]);
      return [response.status, (await response.text()).replace(each.urls.loki, 'loki')];
    }),
  );
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0]).toEqual([400, expect.stringContaining('max entry size')]);
  expect(await keeperLines(keeper, tenant, 1)).toEqual([canonicalJson(tooLong)]);
  expect(await readTrail(stack, tenant)).toEqual([]);
});
