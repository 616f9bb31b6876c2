import { hash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlText, type Duck } from '../days/duck.ts';
import { linkOf } from '../export/chain-ranges.ts';
import { ARCHIVE_COLUMNS, ARCHIVE_SCHEMA, LINE_COLUMNS, SEGMENT_SELECT } from './schema.ts';

// Lines of one part are in memory at once.
const PART_ROWS = 8192;
const PART_CHARS = 16_000_000;
/** Rows of a row group: engines read whole ones, and one is in memory while it is written. */
const ROW_GROUP_ROWS = 16_384;
/** Rows whose columns are sorted at once. */
const GROUP_ROWS = 8 * PART_ROWS;
const COLUMN_NAMES = ARCHIVE_COLUMNS.map(([name]) => name)
  .filter((name) => name !== 'revision')
  .join(', ');

/** The entries of a closed day, as the keeper has them. */
export interface DaySource {
  /** A source for FROM, with `row` and the columns of a segment. */
  columns: string;
  rows: number;
  /** The lines in the order of `row`. */
  lines: AsyncIterable<string>;
}

export interface DayToWrite {
  source: DaySource;
  tenant: string;
  /** 2026-11-20 */
  day: string;
  revision: number;
  /** The Parquet file of the previous revision: entries that only it has are kept. */
  previous?: string;
}

/**
 * Writes a day as one Parquet file, in the order of time, with bounded memory: the lines pass in parts, and DuckDB spills
 * what does not fit.
 *
 * @param work a folder for temporary files; the result is `entries.parquet` in it
 * @throws Error if lines do not match the hashes of their rows: then the segment is damaged
 */
export async function writeDay(duck: Duck, work: string, day: DayToWrite): Promise<string> {
  const path = join(work, 'entries.parquet');
  const folders = ['columns', 'parts', 'merged'].map((name) => join(work, name));
  const [columns = '', parts = '', merged = ''] = folders;
  for (const folder of folders) await mkdir(folder, { recursive: true, mode: 0o700 });
  // A sort of all columns at once does not fit into memory, however much it may spill: first groups, then each is sorted.
  await duck.run(
    `SET partitioned_write_flush_threshold = ${PART_ROWS}; ` +
      `COPY (SELECT row, ${SEGMENT_SELECT}, lower(hex(hash)) AS row_sha256, row // ${GROUP_ROWS} AS part ` +
      `FROM ${day.source.columns}) TO ${sqlText(columns)} (FORMAT parquet, PARTITION_BY (part))`,
  );
  const written = await writeParts(duck, parts, columns, day.source);
  const files = await orderByTime(duck, merged, written, day.previous);
  const facts = { schema: ARCHIVE_SCHEMA, tenant: day.tenant, day: day.day, revision: String(day.revision) };
  const metadata = Object.entries(facts).map(([key, value]) => `auditrail_${key}: ${sqlText(value)}`);
  await duck.run(
    `COPY (SELECT ${COLUMN_NAMES}, ${day.revision}::INTEGER AS revision FROM ${readAll(files)}) TO ${sqlText(path)} ` +
      `(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, KV_METADATA {${metadata.join(', ')}})`,
  );
  for (const folder of folders) await rm(folder, { recursive: true });
  return path;
}

const readAll = (files: readonly string[]) => `read_parquet([${files.map(sqlText).join(', ')}])`;

// Lines are in the order of arrival, which is almost that of time: a window of time at once, so that the sort is small.
async function orderByTime(duck: Duck, folder: string, parts: readonly string[], previous?: string) {
  const rest = previous === undefined ? '' : ` UNION ALL SELECT time_ns FROM ${readAll([previous])}`;
  const ends = await duck.rows(
    `SELECT DISTINCT time_ns FROM (SELECT time_ns, row_number() OVER (ORDER BY time_ns) AS n ` +
      `FROM (SELECT time_ns FROM ${readAll(parts)}${rest})) WHERE n % ${PART_ROWS} = 0 ORDER BY time_ns`,
  );
  const files: string[] = [];
  let after = -1n;
  for (const end of [...ends.map(([time]) => time as bigint), 2n ** 63n - 1n]) {
    const file = join(folder, `${files.length}.parquet`);
    const window = (of: readonly string[]) =>
      `(SELECT ${COLUMN_NAMES} FROM ${readAll(of)} WHERE time_ns > ${after} AND time_ns <= ${end})`;
    const onlyBefore =
      previous === undefined
        ? ''
        : ` UNION ALL SELECT * FROM ${window([previous])} ANTI JOIN ${window(parts)} USING (time_ns, line_sha256)`;
    await duck.run(
      `COPY (SELECT * FROM (SELECT * FROM ${window(parts)}${onlyBefore}) ORDER BY time_ns) TO ${sqlText(file)} (FORMAT parquet)`,
    );
    files.push(file);
    after = end;
  }
  return files;
}

/** How many entries of the previous revision the keeper's segment has, and how many are only in one of the two. */
export async function compareDay(
  duck: Duck,
  columns: string,
  previous: string,
): Promise<{ onlyHere: number; onlyInPrevious: number }> {
  const here = `SELECT ns AS time_ns, lower(hex(hash)) AS sha FROM ${columns}`;
  const there = `SELECT time_ns, line_sha256 AS sha FROM read_parquet(${sqlText(previous)})`;
  const count = async (of: string, without: string) =>
    Number((await duck.rows(`SELECT count(*) FROM (${of}) ANTI JOIN (${without}) USING (time_ns, sha)`))[0]?.[0]);
  return { onlyHere: await count(here, there), onlyInPrevious: await count(there, here) };
}

async function writeParts(duck: Duck, folder: string, columns: string, source: DaySource): Promise<string[]> {
  const files: string[] = [];
  let first = 0;
  let lines: string[] = [];
  let chars = 0;
  const flush = async () => {
    files.push(await writePart(duck, join(folder, `${files.length}.parquet`), columns, first, lines));
    first += lines.length;
    [lines, chars] = [[], 0];
  };
  for await (const line of source.lines) {
    lines.push(line);
    chars += line.length;
    if (lines.length >= PART_ROWS || chars >= PART_CHARS) await flush();
  }
  if (lines.length > 0) await flush();
  if (first !== source.rows) throw new Error(`the segment has ${first} lines instead of ${source.rows}`);
  return files;
}

async function writePart(duck: Duck, path: string, columns: string, first: number, lines: readonly string[]) {
  await duck.run(
    'CREATE OR REPLACE TABLE part (row INTEGER, chain_stream VARCHAR, chain_seq BIGINT, chain_key_id VARCHAR, line VARCHAR, line_sha256 VARCHAR)',
  );
  await duck.append('part', (appender) => {
    lines.forEach((line, i) => {
      const chain = linkOf(line)?.chain;
      appender.appendInteger(first + i);
      if (chain) {
        appender.appendVarchar(chain.stream);
        appender.appendBigInt(BigInt(chain.seq));
      } else {
        appender.appendNull();
        appender.appendNull();
      }
      if (chain?.keyId === undefined) appender.appendNull();
      else appender.appendVarchar(chain.keyId);
      appender.appendVarchar(line);
      appender.appendVarchar(hash('sha256', line));
      appender.endRow();
    });
  });
  const last = first + lines.length - 1;
  const groups = [...new Set([Math.floor(first / GROUP_ROWS), Math.floor(last / GROUP_ROWS)])];
  const source = `read_parquet([${groups.map((group) => sqlText(join(columns, `part=${group}`, '*.parquet'))).join(', ')}], hive_partitioning = false)`;
  await duck.run(
    `COPY (SELECT c.* EXCLUDE (row, row_sha256), ${LINE_COLUMNS} FROM ` +
      `(SELECT * FROM ${source} WHERE row BETWEEN ${first} AND ${last}) c JOIN part USING (row) ` +
      `WHERE line_sha256 = row_sha256 ORDER BY row) TO ${sqlText(path)} (FORMAT parquet, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
  );
  await duck.run('DROP TABLE part');
  const [written] = await duck.rows(`SELECT count(*) FROM read_parquet(${sqlText(path)})`);
  if (Number(written?.[0]) !== lines.length) {
    throw new Error(
      `the segment is damaged: of its lines ${first} to ${first + lines.length - 1}, some do not match their hashes`,
    );
  }
  return path;
}
