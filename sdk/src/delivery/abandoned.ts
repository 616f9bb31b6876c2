import { setTimeout as sleep } from 'node:timers/promises';
import type { OperatorLog } from '../log.ts';
import { adoptAbandoned, type SubSpoolsOptions } from '../spool/sub-spools.ts';
import type { FileSpool } from '../spool/file-spool.ts';
import type { ReadBackOptions } from './read-back.ts';
import type { SpoolDelivery } from './spool-delivery.ts';

// A look reads a few small files. With the age at which a lock counts as abandoned, this is how long entries may wait.
const LOOK_EVERY_MS = 15_000;

/** Opens and closes the delivery of one spool. */
interface SpoolDeliveries {
  open(spool: FileSpool): SpoolDelivery;
  closeOne(delivery: SpoolDelivery): Promise<void>;
}

export interface AbandonedOptions {
  spools: SubSpoolsOptions;
  readBack: Pick<ReadBackOptions, 'afterMs' | 'keepMs'> | undefined;
  log: OperatorLog;
  delivery: SpoolDeliveries;
  /** Ends it; undelivered entries stay in their sub-spool. */
  signal: AbortSignal;
}

/**
 * Delivers what dead processes and threads left in the other sub-spools, at start and every 15 seconds: no entry waits for a
 * process that never comes back. Resolves after `signal` was aborted.
 */
export async function deliverAbandoned(options: AbandonedOptions): Promise<void> {
  const { spools, log, delivery, signal } = options;
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const isDue = readBackSchedule(options.readBack);

  const deliverOne = async (): Promise<boolean> => {
    const spool = await adoptAbandoned(spools, isDue.check);
    if (!spool) return false;
    const { folder, pending } = spool;
    if (pending > 0) log.warn(`delivering ${pending} entries that another process left in ${folder}`);
    const adopted = delivery.open(spool);
    await Promise.race([adopted.completed(), aborted]);
    isDue.asked(folder);
    await delivery.closeOne(adopted);
    return true;
  };

  while (!signal.aborted) {
    try {
      if (await deliverOne()) continue;
    } catch (error) {
      log.warn(`cannot look for entries of dead processes: ${error instanceof Error ? error.message : String(error)}`);
    }
    // An application that has nothing else to do may end.
    await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

// Entries that were sent are asked for once soon after, and then when they need not be kept any longer.
function readBackSchedule({ afterMs, keepMs }: { afterMs: number; keepMs: number } = { afterMs: 0, keepMs: 0 }) {
  const askedMs = new Map<string, number>();
  return {
    check: (folder: string, sentMs: number): boolean => {
      const now = Date.now();
      const last = askedMs.get(folder) ?? 0;
      if (now - last < Math.max(afterMs, LOOK_EVERY_MS)) return false;
      return now - sentMs >= (last > sentMs + afterMs ? keepMs : afterMs);
    },
    asked: (folder: string) => void askedMs.set(folder, Date.now()),
  };
}
