import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The cost of some work. */
export interface Measured {
  /** CPU of all threads of the process, in microseconds. */
  cpuUs: number;
  ms: number;
  /** 99th percentile of the event loop's delay in milliseconds, including the sampling interval of 1 ms. */
  loopP99Ms: number;
}

/** Runs `work` and measures its cost. */
export async function measure(work: () => Promise<void>): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  return { cpuUs: user + system, ms, loopP99Ms: delay.percentile(99) / 1e6 };
}

/** Waits for the next turn of the event loop, as programs do from time to time. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Calls per turn of the event loop, if they are not awaited. */
export const CALLS_PER_TURN = 100;
