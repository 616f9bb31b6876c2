import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningStack } from '@auditrail/stack';
import type { FaultyProxy } from '@auditrail/stack/testing';
import { seededRandom, shuffled } from '../random.ts';
import type { Emitter } from './emitter.ts';
import type { ChaosKeeper } from './keeper.ts';
import { damageQueue } from './queue-damage.ts';
import { refuseFor } from './refusals.ts';
import type { SmallDisk } from './small-disk.ts';

/** The number of injected faults by kind. */
export interface FaultCounts {
  app: number;
  collector: number;
  loki: number;
  keeper: number;
  /** Periods in which the proxy responded instead of Loki. */
  refusals: number;
  lokiDiskFull: number;
  queueDamaged: number;
}

export interface FaultOptions {
  stack: RunningStack;
  emitters: readonly Emitter[];
  keeper: Pick<ChaosKeeper, 'crash'>;
  /** The proxy between the collector and Loki. */
  proxy: FaultyProxy;
  /** Loki's disk, or the reason why it has none. */
  lokiDisk: SmallDisk | string;
  seed: number;
  /** Minimum and maximum time between faults, in milliseconds. */
  pauseMs: [number, number];
  /** Maximum duration of a fault, in milliseconds. */
  downMs: number;
  log: (line: string) => void;
  /** Stops the faults. */
  signal: AbortSignal;
}

/** Injects random faults until `signal` is aborted. Everything runs again when it resolves. */
export async function injectFaults(options: FaultOptions): Promise<FaultCounts> {
  const { stack, emitters, keeper, proxy, lokiDisk, pauseMs, downMs, log, signal } = options;
  const random = seededRandom(options.seed);
  const counts: FaultCounts = {
    ...{ app: 0, collector: 0, loki: 0, keeper: 0 },
    ...{ refusals: 0, lokiDiskFull: 0, queueDamaged: 0 },
  };
  const duration = () => random() * downMs;

  const restart = (part: 'collector' | 'loki') => async () => {
    await stack[part].kill();
    counts[part] += 1;
    await sleep(duration());
    await stack[part].start();
  };
  const crash = (emitter: Emitter) => async () => {
    if (!emitter.running) return;
    counts.app += 1;
    await emitter.crash(duration());
  };
  const crashKeeper = async () => {
    counts.keeper += 1;
    await keeper.crash(duration());
  };
  const damage = async () => {
    await stack.collector.kill();
    counts.queueDamaged += 1;
    const queue = join(stack.dataDir, 'collector-queue');
    damageQueue(queue, random);
    await stack.collector.start().catch(async () => {
      // The collector does not start with a damaged queue and logs the reason: the operator deletes the queue.
      rmSync(queue, { recursive: true, force: true });
      mkdirSync(queue);
      await stack.collector.start();
    });
  };
  const refuse = async () => {
    counts.refusals += 1;
    await refuseFor(proxy, duration(), random);
  };
  const fillDisk = async (disk: SmallDisk) => {
    counts.lokiDiskFull += 1;
    disk.fill();
    await sleep(duration());
    disk.clear();
  };
  const faults: [string, () => Promise<void>][] = [
    ['kill -9 the collector', restart('collector')],
    ['kill -9 Loki', restart('loki')],
    ['kill -9 the keeper', crashKeeper],
    ['damage the queue', damage],
    ['respond instead of Loki', refuse],
    ...(typeof lokiDisk === 'string'
      ? []
      : [["fill Loki's disk", () => fillDisk(lokiDisk)] as [string, () => Promise<void>]]),
    ...emitters.map((emitter, i): [string, () => Promise<void>] => [`kill -9 app ${i + 1}`, crash(emitter)]),
  ];

  while (!signal.aborted) {
    // Each fault once, in random order and at random times.
    for (const [name, inject] of shuffled(faults, random)) {
      const [least, most] = pauseMs;
      await sleep(least + random() * (most - least));
      if (signal.aborted) break;
      log(name);
      await inject();
    }
  }
  return counts;
}
