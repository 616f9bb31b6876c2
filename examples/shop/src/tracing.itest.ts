import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type RunningStack } from '@auditrail/stack';
import { readTrail } from '@auditrail/stack/testing';
import { startShop, type RunningShop } from './index.ts';
import { Person } from './person.ts';

let stack: RunningStack;
let shop: RunningShop;
const dataDir = mkdtempSync(join(tmpdir(), 'auditrail-shop-'));

// The first run downloads Zipkin.
beforeAll(async () => {
  stack = await startStack({ zipkin: true });
  const collector = { endpoint: stack.urls.collector, tenant: 'traced', token: stack.tokensFor('traced').write };
  shop = await startShop({ ...collector, dataDir, demo: true, trustProxy: true, traces: true });
}, 300_000);
afterAll(async () => {
  await shop.stop();
  await stack.stop();
  rmSync(dataDir, { recursive: true });
}, 60_000);

it('an entry has the trace of its request', async () => {
  const [account] = shop.accounts;
  if (!account) throw new Error('the shop has no accounts');
  await new Person(shop.url, account, '192.0.2.1', 'test').signIn();
  let span: unknown;
  for (let i = 0; i < 100 && !span; i++) {
    await sleep(200);
    const login = (await readTrail(stack, 'traced')).find(({ entry }) => entry?.action === 'user.login');
    const { traceId, spanId } = login?.entry?.trace ?? {};
    if (!traceId) continue;
    const response = await fetch(`${stack.urls.zipkin}/api/v2/trace/${traceId}`);
    if (response.ok) span = ((await response.json()) as { id: string }[]).find(({ id }) => id === spanId);
  }
  expect(span).toMatchObject({ name: 'post /login', localEndpoint: { serviceName: 'shop' } });
}, 60_000);
