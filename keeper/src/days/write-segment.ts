import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../export/sync-folder.ts';
import { COLUMNS } from './columns.ts';
import { isOutOfMemory, sqlName, sqlText, type Duck } from './duck.ts';
import type { WrittenLines } from './lines-file.ts';
import { GROUP, writeSegmentIndex } from './segment-index.ts';
import type { FileSegmentFacts, MinuteVolume, SegmentPaths } from './segment.ts';

/** Rows of a Parquet row group: DuckDB unpacks at least one for a row, and reads what describes each. */
const ROW_GROUP_ROWS = 8192;

/** Rows that are sorted at once, if DuckDB can do that within its memory. */
const RUN_ROWS = 16_384;
const SAMPLES_A_RUN = 256;

const COLUMN_LIST = COLUMNS.map(({ name }) => sqlName(name)).join(', ');
const MINUTE_NS = 60_000_000_000n;

// One person's entries are next to each other, so that DuckDB skips all row groups but theirs, and their sessions and
// addresses with them.
const ORDER = 'actorKey, ns';

export function segmentPaths(folder: string, id: number): SegmentPaths {
  const name = join(folder, String(id).padStart(10, '0'));
  return { parquet: `${name}.parquet`, lines: `${name}.lines`, index: `${name}.index` };
}

export const filesOf = ({ parquet, lines, index }: SegmentPaths): string[] => [parquet, lines, index];

/** What a segment is made of. */
export interface SegmentSource {
  id: number;
  day: number;
  rows: number;
  closed: boolean;
  /** Whether it gets an index of its tokens: not if it is soon merged into another. */
  indexed: boolean;
  /** A query with the columns of entries and `row`, the number of a row's line. */
  sql: string;
  /** Writes the lines, in the order of `row`. */
  writeLines: (path: string) => Promise<WrittenLines>;
}

/** A segment, and its number of entries by minute and outcome. */
export interface WrittenSegment {
  facts: FileSegmentFacts;
  volume: MinuteVolume;
}

/** Writes a segment. Its files have their names only when they are whole and on disk. */
export async function writeSegment(duck: Duck, folder: string, source: SegmentSource): Promise<WrittenSegment> {
  const { id, day, rows, closed, indexed } = source;
  const paths = segmentPaths(folder, id);
  const temporary = (path: string) => `${path}.tmp`;
  const made = `read_parquet(${sqlText(temporary(paths.parquet))})`;
  try {
    const lines = await source.writeLines(temporary(paths.lines));
    await writeColumns(duck, temporary(paths.parquet), source);
    const measured = await measure(duck, made);
    // An error in the middle of a result can look like its end, and what this was made of is deleted next.
    if (lines.count !== rows || measured.rows !== rows) {
      throw new Error(`${paths.parquet} would have ${measured.rows} rows and ${lines.count} lines instead of ${rows}`);
    }
    const index = { source: made, rows, groupRows: ROW_GROUP_ROWS };
    const indexBytes = indexed ? await writeSegmentIndex(duck, temporary(paths.index), index) : 0;
    const columnBytes = await syncFile(temporary(paths.parquet));
    const volume = await volumeOf(duck, made);
    if (indexed) await rename(temporary(paths.index), paths.index);
    await rename(temporary(paths.lines), paths.lines);
    await rename(temporary(paths.parquet), paths.parquet);
    await syncFolder(folder);
    const bytes = lines.bytes + columnBytes + indexBytes;
    return { facts: { ...measured, id, day, closed, indexed, bytes }, volume };
  } catch (error) {
    for (const path of filesOf(paths)) {
      await rm(temporary(path), { force: true });
      await rm(path, { force: true });
    }
    throw error;
  }
}

// Sorted run by run, because DuckDB's sorting of whole rows takes much memory, and then in one file. Of long entries, fewer
// fit into memory.
async function writeColumns(duck: Duck, path: string, source: SegmentSource): Promise<void> {
  for (let runRows = RUN_ROWS; ; runRows /= 4) {
    try {
      await writeRuns(duck, path, source, runRows);
      return;
    } catch (error) {
      if (!isOutOfMemory(error) || runRows <= SAMPLES_A_RUN) throw error;
      await rm(path, { force: true });
    }
  }
}

async function writeRuns(duck: Duck, path: string, { sql, rows }: SegmentSource, runRows: number): Promise<void> {
  // A row group is in memory until it is written.
  const groupRows = Math.min(ROW_GROUP_ROWS, runRows);
  const copy = (from: string, to: string, options: string) =>
    duck.run(`COPY (${from}) TO ${sqlText(to)} (FORMAT parquet, ROW_GROUP_SIZE ${groupRows}, ${options})`);
  const inGroups = (from: string) =>
    `SELECT (((row_number() OVER ()) - 1) // ${ROW_GROUP_ROWS})::INTEGER AS ${GROUP}, row, actorKey, ${COLUMN_LIST} FROM ${from}`;
  const sorted = (condition: string) => `SELECT * FROM (${sql}) WHERE ${condition} ORDER BY ${ORDER}`;
  if (rows <= runRows) return copy(inGroups(`(${sorted('true')})`), path, 'COMPRESSION zstd');
  const runs: string[] = [];
  try {
    for (const condition of await runConditions(duck, sql, runRows)) {
      const run = `${path}.${runs.length}.tmp`;
      runs.push(run);
      await copy(sorted(condition), run, 'COMPRESSION lz4_raw');
    }
    await copy(inGroups(`read_parquet([${runs.map(sqlText).join(', ')}])`), path, 'COMPRESSION zstd');
  } finally {
    for (const run of runs) await rm(run, { force: true });
  }
}

/**
 * Conditions that split rows into runs of about `runRows`, each before the next in {@link ORDER}. A sample states where
 * they begin: to number all rows takes more memory than to sort a run.
 */
async function runConditions(duck: Duck, sql: string, runRows: number): Promise<string[]> {
  const sample = `SELECT actorKey, ns FROM (${sql}) WHERE hash(row) % ${runRows / SAMPLES_A_RUN} = 0`;
  const starts = (await duck.rows(
    `SELECT DISTINCT actorKey, ns FROM (SELECT *, row_number() OVER (ORDER BY ${ORDER}) AS n FROM (${sample})) ` +
      `WHERE n % ${SAMPLES_A_RUN} = 0 ORDER BY ${ORDER}`,
  )) as [string, bigint][];
  const isFrom = ([key, ns]: [string, bigint]) =>
    `(actorKey > ${sqlText(key)} OR (actorKey = ${sqlText(key)} AND ns >= ${ns}))`;
  return Array.from({ length: starts.length + 1 }, (_, i) => {
    const [start, end] = [starts[i - 1], starts[i]];
    const conditions = [
      // By these, DuckDB skips parts of files.
      ...(start ? [`actorKey >= ${sqlText(start[0])}`, isFrom(start)] : []),
      ...(end ? [`actorKey <= ${sqlText(end[0])}`, `NOT ${isFrom(end)}`] : []),
    ];
    return conditions.join(' AND ') || 'true';
  });
}

/** The condition of rows that are entries, each once. */
const IS_ENTRY = '"channel" IS NOT NULL AND NOT "repeats"';

async function measure(duck: Duck, source: string) {
  const [row] = (await duck.rows(
    `SELECT count(*), count(*) FILTER (${IS_ENTRY}), min(ns), max(ns), max(arrival) FROM ${source}`,
  )) as [bigint, bigint, bigint, bigint, bigint][];
  if (!row) throw new Error(`${source} cannot be counted`);
  const [rows, entries, minNs, maxNs, maxArrivalNs] = row;
  return { rows: Number(rows), entries: Number(entries), minNs, maxNs, maxArrivalNs };
}

async function volumeOf(duck: Duck, source: string): Promise<MinuteVolume> {
  const rows = await duck.rows(
    `SELECT ns // ${MINUTE_NS} AS minute, coalesce(outcome, '') AS outcome, count(*) FROM ${source} ` +
      `WHERE ${IS_ENTRY} GROUP BY ALL ORDER BY ALL`,
  );
  return rows.map(([minute, outcome, count]) => [Number(minute), String(outcome), Number(count)]);
}

async function syncFile(path: string): Promise<number> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
  return (await stat(path)).size;
}
