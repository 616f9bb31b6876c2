import { context as otel, ROOT_CONTEXT } from '@opentelemetry/api';
import { canonicalJson, completeEntry, formatTime, type AuditEntryInput } from '@auditrail/core';
import { uuidv7 } from 'uuidv7';
import type { Receipt } from '../chain/receipt.ts';
import { risingClock } from '../chain/clock.ts';
import { currentContext, markRecorded, runWithContext } from '../context/request-context.ts';
import { fillFromContext, type Recorder, type RequestEntryInput } from '../context/with-request.ts';
import { recordAll } from './bulk.ts';

const clock = risingClock();

/**
 * Turns an entry into text for a table of your database. Insert it in the transaction of the change that it describes, so
 * that both are committed or neither is. The entry is validated and gets its request, id and time now. A relay that records
 * it again after a crash does no harm: readers show entries with the same content once.
 *
 * @returns one line of JSON
 * @throws AuditError `INVALID_ENTRY`, `NOT_CANONICAL`
 * @example
 * await tx.insert(auditOutbox).values({ entry: outboxEntry({ action: 'order.placed', description: 'Order 7' }) });
 */
export function outboxEntry(entry: RequestEntryInput): string {
  // Without a request, an empty context still adds the active trace.
  const filled = fillFromContext(entry, currentContext() ?? (entry.actor && {}));
  const id = filled.id ?? uuidv7();
  const time = filled.time ?? formatTime(clock());
  completeEntry(filled, { id, time, service: 'outbox' });
  const line = canonicalJson({ ...filled, id, time });
  markRecorded();
  return line;
}

/**
 * Records entries of {@link outboxEntry}. Delete their rows after it resolves.
 *
 * @param audit a logger that rejects: with `onFailure: 'report'`, entries that were not stored would be deleted
 * @param entries the rows' texts, oldest first
 * @throws BulkRecordError (an AuditError) as `recordAll()` does; keep the rows and try again
 * @example
 * const rows = await db.select().from(auditOutbox).orderBy(asc(auditOutbox.position)).limit(256);
 * await recordOutbox(audit, rows.map(({ entry }) => entry));
 */
export function recordOutbox(audit: Recorder<Receipt>, entries: readonly string[]): Promise<Receipt[]> {
  const inputs = entries.map((entry) => JSON.parse(entry) as AuditEntryInput);
  // Without the relay's own request, job and span.
  return otel.with(ROOT_CONTEXT, () => runWithContext({}, () => recordAll(audit, inputs)));
}
