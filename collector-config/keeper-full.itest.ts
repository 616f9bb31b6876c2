import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson } from '@auditrail/core';
import { createAuditLogger } from '@auditrail/sdk';
import { startStack, type KeeperIntake, type RunningStack } from '@auditrail/stack';
import { sendEntries, startFakeKeeper, testEntry, waitForTrail, type FakeKeeper } from '@auditrail/stack/testing';
import { keeperLines, keeperMetric, sendDirect } from './testing.ts';

/** The smallest queue that the collector accepts: one batch. Takes about ten of the entries below. */
const SMALL = 100_000;
const filler = 'x'.repeat(10_000);

const crashes: string[] = [];
let folder: string;
let stack: RunningStack | undefined;
let keeper: FakeKeeper;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-keeper-full-'));
  keeper = await startFakeKeeper();
});
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
  await keeper.stop();
  rmSync(folder, { recursive: true, force: true });
  expect(crashes).toEqual([]);
}, 60_000);

const start = async (keeperIntake: KeeperIntake) =>
  (stack = await startStack({ dataDir: folder, keeperIntake, onCrash: (message) => crashes.push(message) }));

/** Sends entries in each way, one a request; returns their lines. */
async function send(to: RunningStack, tenant: string, count: number): Promise<string[]> {
  const entries = Array.from({ length: count }, () => testEntry({ properties: { filler } }));
  for (const [i, entry] of entries.entries()) {
    if (i % 2) await sendEntries(to, tenant, [entry]);
    else expect((await sendDirect(to, tenant, [entry])).status).toBe(200);
  }
  return entries.map(canonicalJson);
}

const inLoki = async (from: RunningStack, tenant: string, count: number) =>
  (await waitForTrail(from, tenant, count)).map(({ line }) => line).sort();

it('without a keeper at the address, applications and Loki notice nothing', async () => {
  const running = await start({ url: 'http://127.0.0.1:1', token: 'none', queueBytes: SMALL });
  const lines = await send(running, 'absent', 40);
  expect(await inLoki(running, 'absent', 40)).toEqual(lines.sort());

  const audit = createAuditLogger({
    ...{ service: 'absent', tenant: 'absent-sdk', spool: join(folder, 'spool') },
    ...{ endpoint: running.urls.collector, token: running.tokensFor('absent-sdk').write },
  });
  try {
    const entry = { action: 'order.placed', description: 'An order', actor: { type: 'user', id: '7' } } as const;
    const properties = { filler };
    await Promise.all(Array.from({ length: 40 }, () => audit.record({ ...entry, properties }, { wait: 'delivered' })));
  } finally {
    await audit.shutdown();
  }
  expect(await keeperMetric(running, 'enqueue_failed_log_records')).toBeGreaterThan(0);
}, 60_000);

it('what the full queue of the keeper does not take is counted, and Loki has it', async () => {
  keeper.refuse({ status: 503 });
  const running = await start({ ...keeper.intake, queueBytes: SMALL });
  const lines = await send(running, 'full', 60);
  expect(await inLoki(running, 'full', 60)).toEqual(lines.sort());
  keeper.refuse();
  while ((await keeperMetric(running, 'queue_size')) > 0) await sleep(50);
  const [last] = await send(running, 'after', 1);
  expect(await keeperLines(keeper, 'after', 1)).toEqual([last]);
  const dropped = await keeperMetric(running, 'enqueue_failed_log_records');
  expect(dropped).toBeGreaterThan(0);
  expect(keeper.linesOf('full')).toHaveLength(60 - dropped);
}, 60_000);

const mountable = process.platform === 'linux' && process.getuid?.() === 0;
if (!mountable) test.skip("the keeper's queue has a full disk: needs Linux and root, to mount it", () => undefined);

(mountable ? it : it.skip)(
  "a full disk of the keeper's queue does not delay Loki and applications",
  async () => {
    const disk = join(folder, 'collector-queue', 'keeper');
    mkdirSync(disk, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      keeper.refuse({ status: 503 });
      const running = await start(keeper.intake);
      await send(running, 'disk', 2);
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize));
      const lines = await send(running, 'disk-full', 200);
      expect(await inLoki(running, 'disk-full', 200)).toEqual(lines.sort());
      expect(await keeperMetric(running, 'enqueue_failed_log_records')).toBeGreaterThan(0);
      rmSync(join(disk, 'filler'));
      keeper.refuse();
      const [last] = await send(running, 'disk-free', 1);
      expect(await keeperLines(keeper, 'disk-free', 1)).toEqual([last]);
      await running.stop();
      stack = undefined;
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  },
  60_000,
);
