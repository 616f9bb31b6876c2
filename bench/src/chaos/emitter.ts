import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Child } from '../child.ts';
import type { AppInput } from './app.ts';

/** An app that is killed and started again until it has done its work. */
export interface Emitter {
  /** Kill -9, and a new start after `downMs`. Nothing where the app has ended already. */
  crash(downMs: number): Promise<void>;
  /** Resolves when the app has ended by itself; rejects where it failed. */
  readonly finished: Promise<void>;
  readonly running: boolean;
}

/** Starts the app. */
export function startEmitter(input: AppInput): Emitter {
  let child: Child | undefined;
  let running = true;
  let killed = false;
  let restarted: () => void = () => undefined;

  const live = async (): Promise<void> => {
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
    finished: live(),
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
