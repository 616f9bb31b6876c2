import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type RunningStack } from '@auditrail/stack';
import { startStackWithProxy, type FaultyProxy } from '@auditrail/stack/testing';
import type { Benchmark, BenchmarkOptions, Figures } from '../benchmark.ts';
import { startEmitter } from './emitter.ts';
import { compareKeeper, startKeeper, type ChaosKeeper } from './keeper.ts';
import { readLedger } from './ledger.ts';
import { compareWhenComplete, lokiOf } from './read-back.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { injectFaults } from './inject-faults.ts';

const HOUR_MS = 3_600_000;
const TENANT = 'chaos';
const INTAKE_TOKEN = 'intake-token-of-the-benchmark';
// One emitter is online, the other was offline for three hours.
const BACK_MS = [0, 3 * HOUR_MS];

interface Pace {
  entries: number;
  /** Entries per second and emitter. */
  rate: number;
  /** When the apps stop writing, in milliseconds after the start. */
  writeMs: number;
  pauseMs: [number, number];
  downMs: number;
  diskFullMs: number;
  /** How long to wait for missing entries, in milliseconds. */
  settleMs: number;
}

const paceOf = ({ quick, entries }: BenchmarkOptions): Pace =>
  quick
    ? {
        entries: entries ?? 30_000,
        rate: 4_000,
        writeMs: 30_000,
        pauseMs: [100, 500],
        downMs: 800,
        diskFullMs: 1_500,
        settleMs: 15_000,
      }
    : {
        entries: entries ?? 1_000_000,
        rate: 4_000,
        writeMs: 3 * HOUR_MS,
        pauseMs: [1_000, 10_000],
        downMs: 5_000,
        diskFullMs: 5_000,
        settleMs: 60_000,
      };

/**
 * Two apps of one service write entries. Meanwhile the apps, the collector, Loki and the keeper are killed at random moments,
 * their disks fill up, the collector's queues are damaged, and a proxy responds instead of Loki. At the end, each receipt of the
 * apps must have an entry in Loki and in the keeper, which have the same lines; and again when the keeper has lost its state.
 */
export const chaos: Benchmark = async (options) => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-chaos-'));
  const { log, quick } = options;
  // Enough space for the entries that the apps keep until they are read back.
  const disk = await mountSmallDisk(join(folder, 'disk'), quick ? 512 : 2_048);
  const lokiDisk = await mountSmallDisk(join(folder, 'stack', 'loki'), quick ? 1_024 : 4_096);
  try {
    const intakePort = await freePort();
    const keeperIntake = { url: `http://127.0.0.1:${intakePort}`, token: INTAKE_TOKEN };
    const { stack, proxy } = await startStackWithProxy({
      dataDir: join(folder, 'stack'),
      progress: { log, update: log },
      keeperIntake,
    });
    let keeper: ChaosKeeper | undefined;
    try {
      keeper = await startKeeper({
        ...{ folder: join(folder, 'keeper'), token: INTAKE_TOKEN, intakePort },
        ...{ tenant: TENANT, gateway: stack.urls.gateway, readToken: stack.tokensFor(TENANT).read },
      });
      return await runChaos(options, { stack, folder, disk, lokiDisk, proxy, keeper });
    } finally {
      await keeper?.kill();
      await stack.stop();
    }
  } finally {
    for (const each of [disk, lokiDisk]) if (typeof each !== 'string') await each.unmount();
    rmSync(folder, { recursive: true, force: true });
  }
};

interface Setup {
  stack: RunningStack;
  folder: string;
  disk: SmallDisk | string;
  lokiDisk: SmallDisk | string;
  proxy: FaultyProxy;
  keeper: ChaosKeeper;
}

async function runChaos(options: BenchmarkOptions, setup: Setup): Promise<Figures> {
  const { stack, folder, disk, keeper } = setup;
  const { seed, log } = options;
  const pace = paceOf(options);
  const began = Date.now();
  const spools = typeof disk === 'string' ? join(folder, 'spools') : disk.folder;
  mkdirSync(spools, { recursive: true });
  const ledgers = BACK_MS.map((_, i) => join(folder, `ledger-${i}`));
  const emitters = BACK_MS.map((backMs, i) =>
    startEmitter({
      endpoint: stack.urls.collector,
      token: stack.tokensFor(TENANT).write,
      tenant: TENANT,
      spool: join(spools, `spool-${i}`),
      ledger: ledgers[i] ?? '',
      entries: Math.ceil(pace.entries / BACK_MS.length),
      rate: pace.rate,
      deadline: began + pace.writeMs,
      backMs,
      written: join(folder, `written-${i}`),
      calm: join(folder, 'calm'),
    }),
  );

  const written = new AbortController();
  const finished = Promise.all(emitters.map((emitter) => emitter.finished)).finally(() => written.abort());
  const faults = injectFaults({ ...pace, ...setup, emitters, seed, log, signal: written.signal });
  const filled = fillOnce(disk, pace, options);
  while (!written.signal.aborted) {
    if (BACK_MS.every((_, i) => existsSync(join(folder, `written-${i}`)))) written.abort();
    await sleep(100);
  }
  const [counts] = await Promise.all([faults, filled]);
  writeFileSync(join(folder, 'calm'), '');
  await finished;
  log(`entries written and delivered after ${Math.round((Date.now() - began) / 1_000)} s; reading them back`);

  const perEmitter = ledgers.map(readLedger);
  const receipts = new Map(perEmitter.flatMap((ledger) => [...ledger.receipts]));
  const found = await compareWhenComplete(lokiOf(stack, TENANT), began - 4 * HOUR_MS, receipts, pace.settleMs);
  for (const fault of found.faults) log(fault);
  const expected = { inLoki: found.hashes, receipts: receipts.values(), settleMs: pace.settleMs };
  const kept = await compareKeeper(keeper, found.range, expected);
  log(`in Loki alone ${kept.onlyLoki}, in the keeper alone ${kept.onlyKeeper}; rebuilding the keeper`);
  const added = await keeper.added();
  await keeper.rebuild();
  const rebuilt = await compareKeeper(keeper, found.range, { ...expected, receipts: receipts.values() });
  const refused = perEmitter.flatMap(({ refusals }) => Object.values(refusals)).reduce((sum, count) => sum + count, 0);
  return {
    entries: receipts.size,
    entries_3h_late: perEmitter[1]?.receipts.size ?? 0,
    stored: found.stored,
    lost_loki: found.lost,
    lost_keeper: kept.lost,
    keeper_equal: kept.equal,
    keeper_added: added,
    rebuilt_lost: rebuilt.lost,
    rebuilt_equal: rebuilt.equal,
    altered: found.altered,
    duplicates: found.duplicates,
    chain_ok: found.chainOk,
    streams: found.streams,
    kills_app: counts.app,
    kills_collector: counts.collector,
    kills_loki: counts.loki,
    kills_keeper: counts.keeper,
    refusals: counts.refusals,
    queue_damaged: counts.queueDamaged,
    disk_full: typeof disk === 'string' ? disk : 1,
    loki_disk_full: typeof setup.lokiDisk === 'string' ? setup.lokiDisk : counts.lokiDiskFull,
    refused_coded: refused,
    seconds: Math.round((Date.now() - began) / 1_000),
    seed,
  };
}

async function fillOnce(
  disk: SmallDisk | string,
  { writeMs, entries, rate, diskFullMs }: Pace,
  { log }: BenchmarkOptions,
) {
  if (typeof disk === 'string') return log(`the full disk was ${disk}`);
  // In the middle of writing.
  await sleep(Math.min(writeMs, (entries / BACK_MS.length / rate) * 1_000) * 0.4);
  log('the disk is full');
  disk.fill();
  await sleep(diskFullMs);
  disk.clear();
  log('the disk has space again');
}
