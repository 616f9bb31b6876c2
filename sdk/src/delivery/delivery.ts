import type { AuditMetrics } from '../metrics.ts';
import type { FileSpool } from '../spool/file-spool.ts';
import type { SubSpoolsOptions } from '../spool/sub-spools.ts';
import { deliverAbandoned } from './abandoned.ts';
import { fileDeadLetters } from './dead-letter-file.ts';
import { ReadBack, type ReadBackOptions } from './read-back.ts';
import type { SenderOptions } from './sender.ts';
import { SpoolDelivery, type SpoolDeliveryOptions } from './spool-delivery.ts';

export interface DeliveryOptions extends Pick<SenderOptions, 'transport' | 'log' | 'maxBackoffMs'> {
  /** Bytes of lines that are read from a spool at once. Default 4,000,000. */
  batchBytes?: number | undefined;
  metrics?: AuditMetrics | undefined;
  /** How entries are read back from Loki. Without it, they leave the spool as soon as they are accepted. */
  readBack?: Omit<ReadBackOptions, 'log' | 'metrics'> | undefined;
}

/** A spool whose dead letters are in `folder`. */
export type DeliveredSpool = SpoolDeliveryOptions['spool'] & { readonly folder: string };

const BATCH_BYTES = 4_000_000;

/** Delivers what spools contain over one transport: the spool of this process, and those of processes that ended. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #open = new Set<SpoolDelivery>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #adoption: Promise<void> | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Delivers the entries of a spool, and reads them back. */
  open(spool: FileSpool): SpoolDelivery {
    const { readBack, log, metrics } = this.#options;
    // Entries that an earlier process kept to read them back: nothing asks for them now.
    if (!readBack) void spool.forgetKept();
    return this.#add(spool, {
      readBack: readBack && ((wake) => new ReadBack(spool, { ...readBack, log, metrics }, wake)),
    });
  }

  /**
   * Delivers the lines of a queue without reading them back.
   *
   * @param onSettled called with the fate of the next lines; the next request waits for it
   */
  openQueue(queue: DeliveredSpool, onSettled: NonNullable<SpoolDeliveryOptions['onSettled']>): SpoolDelivery {
    return this.#add(queue, { onSettled });
  }

  #add(spool: DeliveredSpool, more: Pick<SpoolDeliveryOptions, 'readBack' | 'onSettled'>): SpoolDelivery {
    const { transport, log, maxBackoffMs, metrics, batchBytes = BATCH_BYTES } = this.#options;
    const delivery = new SpoolDelivery({
      ...{ spool, transport, log, maxBackoffMs, metrics, batchBytes },
      deadLetters: fileDeadLetters(spool.folder),
      ...more,
    });
    this.#open.add(delivery);
    return delivery;
  }

  /** Starts to deliver what processes that ended left in the sub-spools of a folder. */
  adoptAbandoned(spools: SubSpoolsOptions): void {
    const { readBack, log } = this.#options;
    this.#adoption = deliverAbandoned({ spools, readBack, log, delivery: this, signal: this.#closing.signal });
  }

  /** Closes one spool and its delivery. */
  async closeOne(delivery: SpoolDelivery, reason?: string): Promise<void> {
    try {
      await delivery.close(reason);
    } finally {
      this.#open.delete(delivery);
    }
  }

  /** As {@link closeOne}, without waiting for it; `close()` does. */
  retire(delivery: SpoolDelivery, reason: string): void {
    this.#open.delete(delivery);
    const retiring = delivery
      .close(reason)
      .catch((error: unknown) => this.#options.log.warn(`a spool could not be closed: ${String(error)}`))
      .finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
  }

  /** Ends requests under way and closes all spools; undelivered entries stay in them. */
  async close(): Promise<void> {
    const open = [...this.#open];
    // Before the requests end, so that none counts as a failure.
    for (const delivery of open) delivery.stop();
    this.#closing.abort();
    this.#options.readBack?.reader.close();
    await this.#options.transport.shutdown();
    await Promise.all([...open.map((delivery) => this.closeOne(delivery)), this.#adoption, ...this.#retiring]);
  }
}
