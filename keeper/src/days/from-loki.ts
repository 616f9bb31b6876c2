import { LIMITS } from '@auditrail/core';
import { readEntries, type LokiClient } from '@auditrail/core/loki';
import type { TimeRange } from '@auditrail/core/query';
import type { StoredRecord } from './columns.ts';

/**
 * Everything that Loki holds in a range, as the keeper would have taken it in: every line with its labels and metadata,
 * newest first, a page at a time.
 *
 * @param nowNs what counts as its arrival
 * @throws AuditError as `readEntries` does
 */
export async function* recordsInLoki(
  loki: LokiClient,
  range: TimeRange,
  nowNs: bigint,
): AsyncGenerator<StoredRecord[], void> {
  const reading = { range, everyLine: true, labels: true, pageEntries: LIMITS.pageEntriesMax };
  for await (const page of readEntries(loki, reading)) {
    yield page.map(({ ns, line, labels = {} }) => ({
      ...{ ns, line, arrivalNs: nowNs, isCopy: true },
      metadata: new Map(Object.entries(labels)),
    }));
  }
}
