import { context as otel, ROOT_CONTEXT } from '@opentelemetry/api';
import { canonicalJson, completeEntry, formatTime, type AuditEntryInput } from '@auditrail/core';
import { uuidv7 } from 'uuidv7';
import type { Receipt } from '../logger/audit-logger.ts';
import { risingClock } from '../logger/clock.ts';
import { currentContext, runWithContext } from '../context/request-context.ts';
import { fillFromContext, type Recorder, type RequestEntryInput } from '../context/with-request.ts';
import { recordAll } from './bulk.ts';

const clock = risingClock();

/**
 * An entry as text for a table of your own database, written in the transaction of what it tells: committed together or
 * not at all. It is checked and gets its request, identity and time now, so that the relay cannot stumble over it, and may
 * record it twice after a crash: readers show an equal entry once.
 *
 * @throws AuditError `INVALID_ENTRY`, `NOT_CANONICAL`
 * @example
 * await tx.insert(auditOutbox).values({ entry: outboxEntry({ action: 'order.placed', description: 'Order 7' }) });
 */
export function outboxEntry(entry: RequestEntryInput): string {
  // An empty context where there is none: the active trace is now's, too.
  const filled = fillFromContext(entry, currentContext() ?? (entry.actor && {}));
  const id = filled.id ?? uuidv7();
  const time = filled.time ?? formatTime(clock());
  completeEntry(filled, { id, time, service: 'outbox' });
  return canonicalJson({ ...filled, id, time });
}

/**
 * Records what {@link outboxEntry} made, oldest first. Once it resolves the rows can be deleted.
 *
 * @param audit one that rejects: a logger that only reports failures would lose what is deleted then
 * @throws AuditError what `recordAll()` rejects with; leave the rows and try again
 */
export function recordOutbox(audit: Recorder<Receipt>, entries: readonly string[]): Promise<Receipt[]> {
  const inputs = entries.map((entry) => JSON.parse(entry) as AuditEntryInput);
  // The relay's own request, job or span is none of theirs.
  return otel.with(ROOT_CONTEXT, () => runWithContext({}, () => recordAll(audit, inputs)));
}
