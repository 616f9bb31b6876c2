import { startStack, type RunningStack } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';

const crashes: string[] = [];
let stack: RunningStack;

beforeAll(async () => {
  stack = await startStack({ onCrash: (message) => crashes.push(message) });
}, 60_000);
afterAll(() => stack?.stop(), 60_000);

it('loses nothing that it took when Loki is down and the collector is killed', async () => {
  const tenants = ['crash-a', 'crash-b'];
  const sent = new Map(tenants.map((tenant) => [tenant, [testEntry()]]));
  for (const tenant of tenants) await sendEntries(stack, tenant, sent.get(tenant) ?? []);
  await waitForTrail(stack, 'crash-a', 1);

  await stack.loki.kill();
  for (let i = 0; i < 20; i++) {
    for (const tenant of tenants) {
      const entries = [testEntry({ description: `${tenant} ${i}` }), testEntry({ actor: { type: 'system' } })];
      await sendEntries(stack, tenant, entries);
      sent.get(tenant)?.push(...entries);
    }
    // Killed in the middle, with the last answer hardly out.
    if (i === 10) {
      await stack.collector.kill();
      await stack.collector.start();
    }
  }
  await stack.collector.kill();
  await stack.loki.start();
  await stack.collector.start();

  for (const tenant of tenants) {
    const entries = sent.get(tenant) ?? [];
    const lines = await waitForTrail(stack, tenant, entries.length, { timeoutMs: 40_000 });
    expect(lines.map(({ entry }) => entry?.id).sort()).toEqual(entries.map(({ id }) => id).sort());
  }
  expect(crashes).toEqual([]);
}, 90_000);

it('keeps what Loki took when Loki is killed', async () => {
  const entries = Array.from({ length: 50 }, () => testEntry());
  await sendEntries(stack, 'wal', entries);
  await waitForTrail(stack, 'wal', entries.length);
  await stack.loki.kill();
  await stack.loki.start();
  const lines = await waitForTrail(stack, 'wal', entries.length);
  expect(lines).toHaveLength(entries.length);
}, 60_000);
