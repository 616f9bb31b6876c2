import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningStack } from '@auditrail/stack';
import type { FaultyProxy } from '@auditrail/stack/testing';
import { seededRandom, shuffled } from '../random.ts';
import type { Emitter } from './emitter.ts';
import { damageQueue } from './queue-damage.ts';
import { refuseFor } from './refusals.ts';
import type { SmallDisk } from './small-disk.ts';

/** How often something was killed, and other trouble made. */
export interface Troubles {
  app: number;
  collector: number;
  loki: number;
  /** Times in which something between collector and Loki answered in its place. */
  refusals: number;
  lokiDiskFull: number;
  queueDamaged: number;
}

export interface TroubleOptions {
  stack: RunningStack;
  emitters: readonly Emitter[];
  /** Between collector and Loki. */
  proxy: FaultyProxy;
  /** Loki's own disk; a reason in words where it has none. */
  lokiDisk: SmallDisk | string;
  seed: number;
  /** Milliseconds between two kills, at least and at most. */
  pauseMs: [number, number];
  /** Longest time that something stays down, in milliseconds. */
  downMs: number;
  log: (line: string) => void;
  /** No more trouble after this. */
  signal: AbortSignal;
}

/** Kills -9 and troubles whatever comes up, until told to stop; then everything runs. */
export async function makeTrouble(options: TroubleOptions): Promise<Troubles> {
  const { stack, emitters, proxy, lokiDisk, pauseMs, downMs, log, signal } = options;
  const random = seededRandom(options.seed);
  const kills: Troubles = { app: 0, collector: 0, loki: 0, refusals: 0, lokiDiskFull: 0, queueDamaged: 0 };
  const down = () => random() * downMs;

  const restart = (part: 'collector' | 'loki') => async () => {
    await stack[part].kill();
    kills[part] += 1;
    await sleep(down());
    await stack[part].start();
  };
  const crash = (emitter: Emitter) => async () => {
    if (!emitter.running) return;
    kills.app += 1;
    await emitter.crash(down());
  };
  const damage = async () => {
    await stack.collector.kill();
    kills.queueDamaged += 1;
    const queue = join(stack.dataDir, 'collector-queue');
    damageQueue(queue, random);
    await stack.collector.start().catch(async () => {
      // It does not start on what it cannot read, which its log says: the operator deletes the queue.
      rmSync(queue, { recursive: true, force: true });
      mkdirSync(queue);
      await stack.collector.start();
    });
  };
  const refuse = async () => {
    kills.refusals += 1;
    await refuseFor(proxy, down(), random);
  };
  const fillDisk = async (disk: SmallDisk) => {
    kills.lokiDiskFull += 1;
    disk.fill();
    await sleep(down());
    disk.clear();
  };
  const victims: [string, () => Promise<void>][] = [
    ['kill -9 the collector', restart('collector')],
    ['kill -9 Loki', restart('loki')],
    ['damage the queue', damage],
    ['answer in place of Loki', refuse],
    ...(typeof lokiDisk === 'string'
      ? []
      : [["fill Loki's disk", () => fillDisk(lokiDisk)] as [string, () => Promise<void>]]),
    ...emitters.map((emitter, i): [string, () => Promise<void>] => [`kill -9 app ${i + 1}`, crash(emitter)]),
  ];

  while (!signal.aborted) {
    // Everyone's turn comes, in an order and at moments that nobody knows.
    for (const [name, kill] of shuffled(victims, random)) {
      const [least, most] = pauseMs;
      await sleep(least + random() * (most - least));
      if (signal.aborted) break;
      log(name);
      await kill();
    }
  }
  return kills;
}
