import type { TimeRange } from '@auditrail/core/query';
import type { Duck } from './duck.ts';
import type { TenantDays } from './tenant-days.ts';

/** A question to all entries of a range at once. */
export interface Scan {
  range: TimeRange;
  /** Columns, or expressions with a name. */
  columns: readonly string[];
  /** The statement for a subquery with the columns of the wanted entries. */
  statement: (from: string) => string;
  /** A further condition. */
  condition?: string;
}

/** Rows of a statement about the entries of a range, each entry once, in groups: the answer need not fit into memory. */
export async function* scan(duck: Duck, days: TenantDays, { range, columns, statement, condition }: Scan) {
  const { segments, release } = days.snapshot(range.start, range.end);
  try {
    if (segments.length === 0) return;
    const isWanted = [
      `ns >= ${range.start} AND ns < ${range.end} AND NOT repeats AND channel IS NOT NULL`,
      ...(condition === undefined ? [] : [`(${condition})`]),
    ].join(' AND ');
    const selects = segments.map(({ source }) => `SELECT ${columns.join(', ')} FROM ${source} WHERE ${isWanted}`);
    yield* duck.stream(statement(`(${selects.join(' UNION ALL ')})`));
  } finally {
    await release();
  }
}
