import type { AuditMetrics } from '../metrics.ts';
import type { Spool } from '../spool/spool.ts';
import { DeliveryTracker } from './delivery-tracker.ts';
import { Sender, type LineFate, type SenderOptions } from './sender.ts';

export interface SpoolDeliveryOptions extends Omit<SenderOptions, 'spool' | 'settled' | 'metrics'> {
  spool: Pick<Spool, 'pending' | 'read' | 'commit' | 'close'>;
  metrics?: AuditMetrics | undefined;
  /** Called with the fate of the next lines of the spool; the next request waits for it. */
  onSettled?: ((fates: readonly LineFate[]) => Promise<void>) | undefined;
}

/** Delivery of what one spool contains, until it is closed together with the spool. */
export class SpoolDelivery {
  readonly #spool: SpoolDeliveryOptions['spool'];
  readonly #metrics: AuditMetrics | undefined;
  readonly #tracker: DeliveryTracker;
  readonly #sender: Sender;
  #closed: Promise<void> | undefined;

  constructor({ spool, onSettled, ...options }: SpoolDeliveryOptions) {
    this.#spool = spool;
    this.#metrics = options.metrics;
    this.#tracker = new DeliveryTracker(spool.pending);
    const settled = (fates: readonly LineFate[]) => {
      this.#tracker.settled(fates);
      return onSettled?.(fates);
    };
    this.#sender = new Sender({ ...options, spool, settled });
  }

  /** Entries that were accepted and not seen in Loki since. */
  get unseen(): number {
    return this.#sender.unseen;
  }

  /** When the oldest undelivered entry was made, in milliseconds since 1970; `undefined` if none is waiting. */
  get oldestMs(): number | undefined {
    return this.#sender.oldestMs;
  }

  /** Lines were appended to the spool. @returns the position of the first */
  appended(count: number): number {
    const first = this.#tracker.appended(count);
    this.#metrics?.emitted(count);
    this.#sender.notify();
    return first;
  }

  /** Resolves when the line at this position was accepted; see {@link DeliveryTracker.accepted}. */
  accepted(position: number, timeoutMs?: number): Promise<void> {
    return this.#tracker.accepted(position, timeoutMs);
  }

  /** Resolves when everything in the spool was accepted or became a dead letter. */
  drained(): Promise<void> {
    return this.#sender.drained();
  }

  /** Resolves when everything was accepted, Loki was asked for it, and what it does not hold was sent again. */
  async completed(): Promise<void> {
    await this.#sender.drained();
    await this.#sender.readBackNow();
  }

  /** Sends nothing more; a request under way may still end. */
  stop(): void {
    this.#sender.stop();
  }

  /**
   * Stops, waits for a request under way, and closes the spool; undelivered lines stay in it.
   *
   * @param reason for those who wait for the delivery of a line
   */
  close(reason?: string): Promise<void> {
    this.#closed ??= this.#close(reason);
    return this.#closed;
  }

  async #close(reason?: string): Promise<void> {
    this.#sender.stop();
    await this.#sender.ended;
    this.#tracker.close(reason);
    await this.#spool.close();
  }
}
