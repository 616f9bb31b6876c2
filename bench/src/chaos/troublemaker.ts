import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningStack } from '@auditrail/stack';
import { seededRandom, shuffled } from '../random.ts';
import type { Emitter } from './emitter.ts';

export interface Kills {
  app: number;
  collector: number;
  loki: number;
}

export interface TroubleOptions {
  stack: RunningStack;
  emitters: readonly Emitter[];
  seed: number;
  /** Milliseconds between two kills, at least and at most. */
  pauseMs: [number, number];
  /** Longest time that something stays down, in milliseconds. */
  downMs: number;
  say: (line: string) => void;
  /** No more trouble after this. */
  signal: AbortSignal;
}

/** Kills -9 whatever comes up, and starts it again, until told to stop; then everything runs. */
export async function makeTrouble(options: TroubleOptions): Promise<Kills> {
  const { stack, emitters, pauseMs, downMs, say, signal } = options;
  const random = seededRandom(options.seed);
  const kills: Kills = { app: 0, collector: 0, loki: 0 };
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
  const victims: [string, () => Promise<void>][] = [
    ['the collector', restart('collector')],
    ['Loki', restart('loki')],
    ...emitters.map((emitter, i): [string, () => Promise<void>] => [`app ${i + 1}`, crash(emitter)]),
  ];

  while (!signal.aborted) {
    // Everyone's turn comes, in an order and at moments that nobody knows.
    for (const [name, kill] of shuffled(victims, random)) {
      const [least, most] = pauseMs;
      await sleep(least + random() * (most - least));
      if (signal.aborted) break;
      say(`kill -9 ${name}`);
      await kill();
    }
  }
  return kills;
}
