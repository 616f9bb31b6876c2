import { setTimeout as sleep } from 'node:timers/promises';
import { spoolSender, type SpoolSenderOptions } from './spool-sender.ts';
import { adoptAbandoned, type SubSpoolsOptions } from '../spool/sub-spools.ts';

// Looking reads a few small files. With the time after which a lock counts as left, this is how long entries may wait.
const LOOK_EVERY_MS = 15_000;

export interface AbandonedOptions extends SpoolSenderOptions {
  place: SubSpoolsOptions;
}

/**
 * Delivers what dead processes and threads left in the other sub-spools, at start and every 15 seconds: no entry waits for a process
 * that never comes back.
 *
 * @returns a function that ends it; what is under way stays in its sub-spool
 */
export function deliverAbandoned({ place, ...rest }: AbandonedOptions): () => Promise<void> {
  const stopped = new AbortController();
  const { signal } = stopped;
  const onAbort = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

  // When entries that were sent were last asked for, by sub-spool.
  const asked = new Map<string, number>();
  // Once soon after they were sent, and then when they need not be kept any longer.
  const isDue = (folder: string, sentMs: number): boolean => {
    const { afterMs, keepMs } = rest.readBack ?? { afterMs: 0, keepMs: 0 };
    const now = Date.now();
    const last = asked.get(folder) ?? 0;
    if (now - last < Math.max(afterMs, LOOK_EVERY_MS)) return false;
    return now - sentMs >= (last > sentMs + afterMs ? keepMs : afterMs);
  };

  const deliverOne = async (): Promise<boolean> => {
    const spool = await adoptAbandoned(place, isDue);
    if (!spool) return false;
    if (spool.pending > 0)
      rest.log.warn(`delivering ${spool.pending} entries that another process left in ${spool.folder}`);
    const sender = spoolSender(spool, rest);
    const delivered = sender.drained().then(() => sender.readBackNow());
    await Promise.race([delivered, onAbort]);
    asked.set(spool.folder, Date.now());
    sender.stop();
    await sender.ended;
    await spool.close();
    return true;
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        if (await deliverOne()) continue;
      } catch (error) {
        rest.log.warn(
          `cannot look for entries of dead processes: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      // An application that has nothing else to do may end.
      await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const ended = run();
  return () => {
    stopped.abort();
    return ended;
  };
}
