import { AuditError } from '@auditrail/core';
import type { Receipt } from '../logger/audit-logger.ts';
import { withRequest, type Recorder, type RequestEntryInput } from '../context/with-request.ts';

/** What became of one entry of {@link recordAll}. */
export type RecordResult<R extends Receipt | undefined = Receipt | undefined> = { receipt: R } | { error: AuditError };

/** Some entries of {@link recordAll} were not recorded: `code` is the first one's, `results` tells of each, in order. */
export class BulkRecordError extends AuditError {
  readonly results: RecordResult[];

  constructor(results: RecordResult[], first: AuditError, index: number) {
    const failures = results.filter((result) => 'error' in result).length;
    super(first.code, `${failures} of ${results.length} entries were not recorded; entry ${index}: ${first.message}`, {
      cause: first,
      issues: first.issues.map(({ path, message }) => ({ path: `${index}.${path}`, message })),
    });
    this.results = results;
  }
}

// Enough to fill the spool's groups, few enough to hold.
const AT_ONCE = 256;

/**
 * Records many entries, in their order, as fast as the spool syncs groups of them. One that is refused does not hold up the
 * others; it is no transaction.
 *
 * @param entries any iterable, also an async one such as a file's lines: it is read no faster than entries are written
 * @returns one receipt for each entry, in order; `undefined` for one that a logger with `onFailure: 'report'` could not store
 * @throws AuditError ({@link BulkRecordError}) with a result for each, where at least one was refused
 * @example
 * const receipts = await recordAll(audit, rows.map(({ id }) => ({ action: 'row.imported', description: `Row ${id}`, actor })));
 */
export async function recordAll<R extends Receipt | undefined>(
  audit: Recorder<R>,
  entries: Iterable<RequestEntryInput> | AsyncIterable<RequestEntryInput>,
): Promise<R[]> {
  const logger = withRequest(audit);
  const results: RecordResult<R>[] = [];
  let group: Promise<RecordResult<R> | { bug: unknown }>[] = [];
  // Never rejects: while more entries are awaited, nobody listens yet.
  const recordOne = async (entry: RequestEntryInput): Promise<RecordResult<R> | { bug: unknown }> => {
    try {
      return { receipt: await logger.record(entry) };
    } catch (error) {
      return error instanceof AuditError ? { error } : { bug: error };
    }
  };
  const settle = async () => {
    for (const result of await Promise.all(group)) {
      if ('bug' in result) throw result.bug;
      results.push(result);
    }
    group = [];
  };

  for await (const entry of entries) {
    group.push(recordOne(entry));
    if (group.length === AT_ONCE) await settle();
  }
  await settle();

  const index = results.findIndex((result) => 'error' in result);
  const first = results[index];
  if (first && 'error' in first) throw new BulkRecordError(results, first.error, index);
  return results.flatMap((result) => ('receipt' in result ? [result.receipt] : []));
}
