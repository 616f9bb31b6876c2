import { completeEntry, formatTime, type Actor, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import { uuidv7 } from 'uuidv7';
import type { Receipt } from '../chain/receipt.ts';
import { activeTrace } from '../active-trace.ts';
import { countEntry } from '../context/request-context.ts';
import { lineHash } from '../chain/chain.ts';
import { fitEntry } from '../prepare/fit-entry.ts';
import { createPrepareInput } from '../prepare/prepare-input.ts';
import type { RedactOptions } from '../prepare/redact.ts';
import { actingMethods, type Acting, type DeniedInput } from '../record/acting.ts';
import { risingClock } from '../chain/clock.ts';

/** A recorder for an application's tests: prepares and checks entries as the logger does, and keeps them in `entries`. */
export interface MemoryAudit {
  /** @throws AuditError `INVALID_ENTRY`, or what {@link fail} was set to. */
  record(entry: AuditEntryInput): Promise<Receipt>;
  as(actor: Actor): Acting;
  denied(entry: DeniedInput): Promise<Receipt>;
  /** Everything recorded, oldest first. */
  readonly entries: AuditEntry[];
  /** While set, `record()` rejects with it: to test that the action then does not happen. */
  fail: Error | undefined;
}

/**
 * An audit logger that keeps its entries in memory, for an application's unit tests: it hides secrets, converts values and
 * cuts large entries, so a test sees what would be stored. Give it the `redact` options of your logger.
 *
 * @example
 * const audit = memoryAudit();
 * await placeOrder(audit);
 * expect(audit.entries).toMatchObject([{ action: 'order.placed' }]);
 */
export function memoryAudit(service = 'test', { redact }: { redact?: RedactOptions | undefined } = {}): MemoryAudit {
  const clock = risingClock();
  const prepare = createPrepareInput(redact);
  const memory: MemoryAudit = {
    entries: [],
    fail: undefined,
    record(input) {
      return new Promise((resolve) => {
        if (memory.fail) throw memory.fail;
        const prepared = prepare(input);
        // The schema reports null, or a value that is not an object.
        const trace = prepared?.trace === undefined ? activeTrace() : undefined;
        const stamp = { id: uuidv7(), time: formatTime(clock()), service };
        const { entry, line } = fitEntry(completeEntry(trace ? { ...prepared, trace } : prepared, stamp));
        const { id, time } = entry;
        countEntry();
        resolve({ id, time, seq: memory.entries.push(entry), hash: lineHash(line) });
      });
    },
    ...actingMethods((entry: AuditEntryInput) => memory.record(entry)),
  };
  return memory;
}
