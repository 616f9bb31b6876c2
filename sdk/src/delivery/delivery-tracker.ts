import { AuditError } from '@auditrail/core';
import { withTimeout } from '../with-timeout.ts';
import type { LineFate } from './sender.ts';

interface Waiter {
  position: number;
  resolve: () => void;
  reject: (error: AuditError) => void;
}

/**
 * Resolves the calls that wait for a delivery. Lines leave the spool in the order in which they entered it, so the position
 * in that order identifies a line.
 */
export class DeliveryTracker {
  #appended: number;
  #settled = 0;
  #waiters: Waiter[] = [];

  /** @param pending lines that are already in the spool; no call waits for them */
  constructor(pending: number) {
    this.#appended = pending;
  }

  /** Lines entered the spool. @returns the position of the first */
  appended(count: number): number {
    const first = this.#appended + 1;
    this.#appended += count;
    return first;
  }

  /**
   * Resolves when the line at this position was accepted. Call it before the line can have been sent.
   *
   * @throws AuditError (as a rejection) `DELIVERY_REFUSED`, or `DELIVERY_TIMEOUT` if that takes longer than `ms` or the logger
   *   is closed first
   */
  async accepted(position: number, ms?: number): Promise<void> {
    let waiter: Waiter | undefined;
    const settled = new Promise<void>((resolve, reject) => {
      waiter = { position, resolve, reject };
      this.#waiters.push(waiter);
    });
    if (ms === undefined) return await settled;
    await withTimeout(settled, ms, () => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      throw new AuditError('DELIVERY_TIMEOUT', `not accepted within ${ms} ms; the entry is in the spool`);
    });
  }

  /** The next lines left the spool, in its order. */
  settled(fates: readonly LineFate[]): void {
    const first = this.#settled + 1;
    this.#settled += fates.length;
    const done = this.#waiters.filter(({ position }) => position <= this.#settled);
    if (done.length === 0) return;
    this.#waiters = this.#waiters.filter(({ position }) => position > this.#settled);
    for (const { position, resolve, reject } of done) {
      const fate = fates[position - first];
      if (fate?.accepted === false) {
        reject(new AuditError('DELIVERY_REFUSED', `the collector refused the entry permanently: ${fate.reason}`));
      } else resolve();
    }
  }

  /** Nothing more is sent: rejects the calls that still wait. */
  close(reason = 'the logger was shut down first; the entry is in the spool'): void {
    for (const { reject } of this.#waiters.splice(0)) reject(new AuditError('DELIVERY_TIMEOUT', reason));
  }
}
