import { setTimeout as sleep } from 'node:timers/promises';
import { fileDeadLetters } from './dead-letter-file.ts';
import type { OperatorLog } from '../log.ts';
import type { AuditMetrics } from '../metrics.ts';
import type { Transport } from './otlp-transport.ts';
import { Sender } from './sender.ts';
import { adoptAbandoned, type SubSpoolsOptions } from '../spool/sub-spools.ts';

// Looking reads a few small files. With the time after which a lock counts as left, this is how long entries may wait.
const LOOK_EVERY_MS = 15_000;

export interface AbandonedOptions {
  place: SubSpoolsOptions;
  transport: Transport;
  log: OperatorLog;
  batchBytes: number;
  maxBackoffMs: number;
  metrics: AuditMetrics;
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

  const deliverOne = async (): Promise<boolean> => {
    const spool = await adoptAbandoned(place);
    if (!spool) return false;
    rest.log.warn(`delivering ${spool.pending} entries that another process left in ${spool.folder}`);
    const sender = new Sender({ ...rest, spool, deadLetters: fileDeadLetters(spool.folder) });
    await Promise.race([sender.drained(), onAbort]);
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
