import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a stretch of work took. */
export interface Measured {
  /** CPU of all threads of the process, in microseconds. */
  cpuUs: number;
  ms: number;
  /** 99th percentile of the event loop's delay, in milliseconds; it holds the sampling interval of 1 ms. */
  loopP99Ms: number;
}

/** Runs `work` and tells what it took. */
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

/** One turn of the event loop: what a program does now and then while it writes many entries. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Calls in one turn of the event loop, where nobody waits for the entries. */
export const CALLS_A_TURN = 100;
