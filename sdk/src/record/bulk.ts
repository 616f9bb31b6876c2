import { AuditError } from '@auditrail/core';
import type { Receipt } from '../chain/receipt.ts';
import { withRequest, type Recorder, type RequestEntryInput } from '../context/with-request.ts';

/** The result for one entry of {@link recordAll}. */
export type RecordResult<R extends Receipt | undefined = Receipt | undefined> = { receipt: R } | { error: AuditError };

/** Some entries of {@link recordAll} were not recorded: `code` is the first failure's, `results` has all in order. */
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

// Enough to fill the spool's write groups, and few enough to hold in memory.
const CONCURRENCY = 256;

/**
 * Records many entries in order, in groups of up to 256 that share disk syncs. This is not a transaction: if an entry is
 * refused, the others are still recorded.
 *
 * @param entries an iterable or async iterable; it is read no faster than its entries are written
 * @returns a receipt per entry, in order; `undefined` for an entry that a logger with `onFailure: 'report'` could not store
 * @throws BulkRecordError (an AuditError) if an entry was refused, with a result for each entry
 * @example
 * const receipts = await recordAll(audit, rows.map(({ id }) => ({ action: 'row.imported', description: `Row ${id}`, actor })));
 */
export async function recordAll<R extends Receipt | undefined>(
  audit: Recorder<R>,
  entries: Iterable<RequestEntryInput> | AsyncIterable<RequestEntryInput>,
): Promise<R[]> {
  const logger = withRequest(audit);
  const results: RecordResult<R>[] = [];
  let group: Promise<RecordResult<R> | { unexpected: unknown }>[] = [];
  // Never rejects, because its promise is not awaited until the group is full.
  const recordOne = async (entry: RequestEntryInput): Promise<RecordResult<R> | { unexpected: unknown }> => {
    try {
      return { receipt: await logger.record(entry) };
    } catch (error) {
      return error instanceof AuditError ? { error } : { unexpected: error };
    }
  };
  const settle = async () => {
    for (const result of await Promise.all(group)) {
      if ('unexpected' in result) throw result.unexpected;
      results.push(result);
    }
    group = [];
  };

  for await (const entry of entries) {
    group.push(recordOne(entry));
    if (group.length === CONCURRENCY) await settle();
  }
  await settle();

  const index = results.findIndex((result) => 'error' in result);
  const first = results[index];
  if (first && 'error' in first) throw new BulkRecordError(results, first.error, index);
  return results.flatMap((result) => ('receipt' in result ? [result.receipt] : []));
}
