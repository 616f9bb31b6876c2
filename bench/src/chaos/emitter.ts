import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Child } from '../child.ts';
import type { AppInput } from './app.ts';

/** An app that can be killed and restarted until it has written all entries. */
export interface Emitter {
  /** Kills the app (kill -9) and restarts it after `downMs`. Does nothing if the app has ended. */
  crash(downMs: number): Promise<void>;
  /** Resolves when the app has ended; rejects if it failed. */
  readonly finished: Promise<void>;
  readonly running: boolean;
}

/** Starts the app. */
export function startEmitter(input: AppInput): Emitter {
  let child: Child | undefined;
  let running = true;
  let killed = false;
  let restarted: () => void = () => undefined;

  const run = async (): Promise<void> => {
    for (;;) {
      child = startChild(new URL('./app.ts', import.meta.url), input);
      const { how, output } = await child.ended;
      child = undefined;
      if (how === 0) {
        running = false;
        return;
      }
      if (!killed) {
        running = false;
        throw new Error(`the app ended with ${how}: ${output.slice(-2_000)}`);
      }
      await new Promise<void>((resolve) => (restarted = resolve));
      killed = false;
    }
  };

  return {
    finished: run(),
    get running() {
      return running;
    },
    async crash(downMs) {
      if (!child || killed) return;
      killed = true;
      child.process.kill('SIGKILL');
      await child.ended;
      await sleep(downMs);
      restarted();
    },
  };
}
