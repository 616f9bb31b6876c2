import { completeEntry, formatTime, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import { uuidv7 } from 'uuidv7';
import type { Receipt } from './audit-logger.ts';
import { lineHash } from '../chain/chain.ts';
import { risingClock } from './clock.ts';

/** A recorder for tests of applications: checks entries as the logger does, and keeps them in `entries`. */
export interface MemoryAudit {
  /** @throws AuditError `INVALID_ENTRY`, or what {@link fail} was set to. */
  record(entry: AuditEntryInput): Promise<Receipt>;
  /** Everything recorded, oldest first. */
  readonly entries: AuditEntry[];
  /** While set, `record()` rejects with it: does the action then not happen? */
  fail: Error | undefined;
}

/**
 * An audit logger that keeps its entries in memory, for the unit tests of an application.
 *
 * @example
 * const audit = memoryAudit();
 * await placeOrder(audit);
 * expect(audit.entries).toMatchObject([{ action: 'order.placed' }]);
 */
export function memoryAudit(service = 'test'): MemoryAudit {
  const clock = risingClock();
  return {
    entries: [],
    fail: undefined,
    record(input) {
      return new Promise((resolve) => {
        if (this.fail) throw this.fail;
        const entry = completeEntry(input, { id: uuidv7(), time: formatTime(clock()), service });
        const { id, time } = entry;
        resolve({ id, time, seq: this.entries.push(entry), hash: lineHash(JSON.stringify(entry)) });
      });
    },
  };
}
