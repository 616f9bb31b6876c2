import { AuditError, type Actor, type AuditEntryInput } from '@auditrail/core';
import type { Receipt } from '../chain/receipt.ts';
import { createPrepareInput } from '../prepare/prepare-input.ts';
import { actingMethods, type Acting, type DeniedInput } from '../record/acting.ts';
import { withTimeout } from '../with-timeout.ts';
import { checkOptions } from './check-options.ts';
import type { AuditLoggerOptions, RecordOptions } from './options.ts';
import { openPipeline } from './pipeline.ts';
import { createRecord } from './create-record.ts';

export interface AuditLogger<R extends Receipt | undefined = Receipt> {
  /**
   * Writes one entry. Resolves once it is on disk (fsync): from then on it reaches Loki, even after a crash. `options` make
   * one call stricter or looser than the logger.
   *
   * Values that JSON does not have are converted, secrets are hidden, and an entry that is too large is cut (it keeps its
   * original size and hash).
   *
   * @throws AuditError (as a rejection) `INVALID_ENTRY`, `SPOOL_FULL`, `SPOOL_UNAVAILABLE`, `CLOSED`: the entry is not
   *   recorded, and its action should not happen. With `wait: 'delivered'` also `DELIVERY_REFUSED` (it is a dead letter) and
   *   `DELIVERY_TIMEOUT` (it is in the spool, and is sent later).
   */
  record(entry: AuditEntryInput, options: RecordOptions & { onFailure: 'report' }): Promise<Receipt | undefined>;
  record(entry: AuditEntryInput, options?: RecordOptions & { onFailure?: 'reject' | undefined }): Promise<R>;
  /**
   * Records what one actor does. The actor is who really acts: an administrator who impersonates a customer, or an AI agent
   * that works for a person, is the actor, and `onBehalfOf` names the customer or the person.
   *
   * @example
   * await audit.as(admin).onBehalfOf(customer).record({ action: 'cart.emptied', description: 'Emptied the cart' });
   */
  as(actor: Actor): Acting<R>;
  /**
   * Records an attempt that was refused, such as a missing permission: outcome `failure`, `error.code` `DENIED`, and the event
   * `denied` if the entry has none. Rejects as {@link record} does.
   *
   * @example
   * await audit.denied({ action: 'order.deleted', description: 'Eve tried to delete order 7', actor });
   */
  denied(entry: DeniedInput, options?: RecordOptions): Promise<R>;
  /**
   * Waits until Loki has accepted all entries recorded so far. Whether Loki really holds them is checked later (option
   * `readBack`), and entries that it does not hold are sent again.
   *
   * @param options.timeoutMs default 30,000
   * @throws AuditError `DELIVERY_TIMEOUT`; the entries stay in the spool, and delivery continues.
   */
  flush(options?: { timeoutMs?: number }): Promise<void>;
  /**
   * Accepts no more entries, gives delivery and one check of what Loki holds `timeoutMs` (default 5,000), then closes the
   * spool. Undelivered entries are sent at the next start, which also checks again the entries that were sent last.
   */
  shutdown(options?: { timeoutMs?: number }): Promise<{ pending: number }>;
  /** Entries on disk that Loki has not accepted yet. */
  readonly pending: number;
  /**
   * Entries that Loki has accepted and was not seen to hold since. They stay in the spool, and are sent again if Loki does not
   * hold them. Always 0 if `readBack` is off or the endpoint cannot answer.
   */
  readonly unseen: number;
}

/**
 * Opens an audit logger: one per process, at start.
 *
 * @throws AuditError `SPOOL_UNAVAILABLE` if the spool folder cannot be used, `INVALID_KEY`; TypeError, which names the
 *   option, for an option that cannot work (an empty `service`, an endpoint that is not an address)
 * @example
 * const audit = createAuditLogger({ service: 'shop', spool: './data/audit-spool' });
 * await audit.record({
 *   action: 'user.login',
 *   description: 'Ada Lovelace signed in',
 *   actor: { type: 'user', id: '42', email: 'ada@example.com' },
 * });
 */
export function createAuditLogger(
  options: AuditLoggerOptions & { onFailure: 'report' },
): AuditLogger<Receipt | undefined>;
export function createAuditLogger(options: AuditLoggerOptions & { onFailure?: 'reject' | undefined }): AuditLogger;
export function createAuditLogger(options: AuditLoggerOptions): AuditLogger<Receipt | undefined>;
export function createAuditLogger(options: AuditLoggerOptions): AuditLogger<Receipt | undefined> {
  checkOptions(options);
  const prepare = createPrepareInput(options.redact);
  const { chain, delivery, metrics, failed } = openPipeline(options);
  let closed: Promise<{ pending: number }> | undefined;
  const record = createRecord(options, { prepare, chain, failed, isClosed: () => closed !== undefined });

  const shutdown = async (ms: number): Promise<{ pending: number }> => {
    await chain.end();
    const { spool } = chain;
    await withTimeout(chain.delivery.completed(), ms, () => undefined);
    await delivery.close();
    metrics.stop();
    return { pending: spool.pending };
  };

  return {
    record,
    ...actingMethods(record),

    get pending() {
      return chain.spool.pending;
    },
    get unseen() {
      return chain.delivery.unseen;
    },

    async flush({ timeoutMs = 30_000 } = {}) {
      await chain.settled();
      await withTimeout(chain.delivery.drained(), timeoutMs, () => {
        const { pending } = chain.spool;
        throw new AuditError(
          'DELIVERY_TIMEOUT',
          `${pending} entries still wait for the collector after ${timeoutMs} ms`,
        );
      });
    },

    shutdown({ timeoutMs = 5_000 } = {}) {
      closed ??= shutdown(timeoutMs);
      return closed;
    },
  };
}
