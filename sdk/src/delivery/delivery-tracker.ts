import { AuditError } from '@auditrail/core';
import type { LineFate } from './sender.ts';

interface Waiter {
  place: number;
  resolve: () => void;
  reject: (error: AuditError) => void;
}

/**
 * Tells those who wait for delivery when their line was accepted. Lines leave the spool in the order in which they entered
 * it, so a line is known by its place in that order alone.
 */
export class DeliveryTracker {
  #appended: number;
  #settled = 0;
  #waiters: Waiter[] = [];

  /** @param pending lines that wait in the spool from before; nobody waits for those */
  constructor(pending: number) {
    this.#appended = pending;
  }

  /** So many lines entered the spool. @returns the place of the first */
  appended(count: number): number {
    const first = this.#appended + 1;
    this.#appended += count;
    return first;
  }

  /**
   * Resolves when the line at this place was accepted. To be asked before it can have been sent.
   *
   * @throws AuditError (as a rejection) `DELIVERY_REFUSED`, or `DELIVERY_TIMEOUT` where that takes longer than `ms`, or the
   *   logger was closed before
   */
  async accepted(place: number, ms?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const waiter = { place, resolve, reject };
        this.#waiters.push(waiter);
        if (ms === undefined) return;
        timer = setTimeout(() => {
          this.#waiters = this.#waiters.filter((other) => other !== waiter);
          reject(new AuditError('DELIVERY_TIMEOUT', `not accepted within ${ms} ms; the entry is in the spool`));
        }, ms);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** The next lines left the spool, in its order. */
  settled(fates: readonly LineFate[]): void {
    const first = this.#settled + 1;
    this.#settled += fates.length;
    const told = this.#waiters.filter(({ place }) => place <= this.#settled);
    if (told.length === 0) return;
    this.#waiters = this.#waiters.filter(({ place }) => place > this.#settled);
    for (const { place, resolve, reject } of told) {
      const fate = fates[place - first];
      if (fate?.accepted === false) {
        reject(new AuditError('DELIVERY_REFUSED', `the collector refused the entry for good: ${fate.reason}`));
      } else resolve();
    }
  }

  /** Nothing more will be sent from here: whoever still waits is told so. */
  close(reason = 'the logger was shut down first; the entry is in the spool'): void {
    for (const { reject } of this.#waiters.splice(0)) reject(new AuditError('DELIVERY_TIMEOUT', reason));
  }
}
