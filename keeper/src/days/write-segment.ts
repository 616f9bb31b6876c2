import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../export/sync-folder.ts';
import type { Duck } from './duck.ts';
import { sqlText } from './duck.ts';
import { writeLines } from './lines-file.ts';
import type { SegmentPaths } from './segment.ts';

/** Rows of a Parquet row group: DuckDB unpacks at least one for a row, and reads what describes each. */
const ROW_GROUP_ROWS = 8192;

// One person's entries are next to each other, so that DuckDB skips all row groups but theirs, and their sessions and
// addresses with them.
const ORDER = `coalesce(email, actorId, actorName, ''), ns`;

export function segmentPaths(folder: string, id: number): SegmentPaths {
  const name = join(folder, String(id).padStart(10, '0'));
  return { parquet: `${name}.parquet`, lines: `${name}.lines` };
}

/** Rows to be written, `part` and `row` identifying each. */
export interface SegmentSource {
  rows: number;
  /** A query with the columns `part`, `row` and those of an entry. */
  sql: string;
  /** The lines of these rows, asked in the order of the new segment. */
  lines: (rows: AsyncIterable<[part: number, row: number]>) => AsyncIterable<string>;
}

/**
 * Writes a segment: its columns, and its lines in the order of time. Its files have their names only when they are whole and
 * on disk.
 */
export async function writeSegment(
  duck: Duck,
  folder: string,
  id: number,
  { rows, sql, lines }: SegmentSource,
): Promise<SegmentPaths & { bytes: number }> {
  const paths = segmentPaths(folder, id);
  const made = { parquet: `${paths.parquet}.tmp`, lines: `${paths.lines}.tmp` };
  try {
    const order = duck.stream(`SELECT part, row FROM (${sql}) ORDER BY ns, part, row`);
    const { bytes, count } = await writeLines(made.lines, lines(pairs(order)));
    await duck.run(
      `COPY (SELECT (row_number() OVER (ORDER BY ns, part, row) - 1)::INTEGER AS row, * EXCLUDE (part, row) ` +
        `FROM (${sql}) ORDER BY ${ORDER}) TO ${sqlText(made.parquet)} ` +
        `(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    );
    const [written] = await duck.rows(`SELECT count(*) FROM read_parquet(${sqlText(made.parquet)})`);
    // An error in the middle of a result can look like its end, and what this was made of is deleted next.
    if (count !== rows || Number(written?.[0]) !== rows) {
      throw new Error(`${made.parquet} has ${String(written?.[0])} rows and ${count} lines instead of ${rows}`);
    }
    const file = await open(made.parquet, 'r');
    await file.sync().finally(() => file.close());
    const { size } = await stat(made.parquet);
    await rename(made.lines, paths.lines);
    await rename(made.parquet, paths.parquet);
    await syncFolder(folder);
    return { ...paths, bytes: bytes + size };
  } catch (error) {
    for (const path of [made.lines, made.parquet, paths.lines, paths.parquet]) await rm(path, { force: true });
    throw error;
  }
}

async function* pairs(chunks: AsyncIterable<unknown[][]>): AsyncGenerator<[number, number], void> {
  for await (const chunk of chunks) for (const [part, row] of chunk) yield [Number(part), Number(row)];
}
