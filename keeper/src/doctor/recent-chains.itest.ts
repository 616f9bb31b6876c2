import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLogger } from '@auditrail/sdk';
import type { RunningStack } from '@auditrail/stack';
import { startStackWithProxy, waitForTrail, type FaultyProxy } from '@auditrail/stack/testing';
import { doctor } from './index.ts';

let folder: string;
let stack: RunningStack;
let proxy: FaultyProxy;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'recent-chains-'));
  ({ stack, proxy } = await startStackWithProxy());
}, 60_000);

afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function examine(tenant: string, chains: string): Promise<{ code: number; text: string }> {
  let text = '';
  const { gateway } = stack.urls;
  const options = { url: gateway, token: stack.tokensFor(tenant).read, tenant, chains };
  const code = await doctor(options, (line) => (text += `${line}\n`));
  return { code, text };
}

// Entries of two minutes ago: those younger than one minute are not checked.
async function record(tenant: string, count: number): Promise<void> {
  const audit = createAuditLogger({
    ...{ service: 'chains', tenant, spool: join(folder, tenant) },
    ...{ endpoint: stack.urls.collector, token: stack.tokensFor(tenant).write },
    log: { warn: () => undefined, error: () => undefined },
    integrity: { marks: false },
  });
  for (let i = 0; i < count; i++) {
    await audit.record({
      ...{ action: 'order.placed', description: `order ${i}`, actor: { type: 'user', id: '7' } },
      time: new Date(Date.now() - 120_000 + i).toISOString(),
    });
    await audit.flush();
  }
  await audit.shutdown();
}

it('notices entries that a proxy accepted and did not store', async () => {
  let turn = 0;
  proxy.fail(({ tenant }) => (tenant === 'swallowed' && ++turn === 3 ? { status: 204 } : undefined));
  await record('swallowed', 5);
  await waitForTrail(stack, 'swallowed', 4);
  const { code, text } = await examine('swallowed', '10m');
  expect(text).toMatch(/FAIL tenant swallowed: Stream \S+: .*3.*: see Loki's and the collector's log/);
  expect(code).toBe(1);
});

it('finds nothing if all entries are stored, or there are none', async () => {
  await record('whole', 5);
  await waitForTrail(stack, 'whole', 5);
  expect(await examine('whole', '10m')).toMatchObject({
    code: 0,
    text: expect.stringContaining('ok   tenant whole, last 10m: 5 entries, no gap in their chains'),
  });
  expect((await examine('silent', '10m')).code).toBe(0);
});

it('needs a gateway and a duration', async () => {
  await expect(doctor({ tenant: 'x', chains: '10m', health: [`${stack.urls.loki}/ready`] })).rejects.toThrow('--url');
  await expect(examine('whole', 'soon')).rejects.toThrow('soon');
});
