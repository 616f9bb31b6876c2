import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { duration, wholeNumber } from '../serve/command-options.ts';
import type { S3Connection } from '../serve/s3-client.ts';
import { tenantOption } from '../terminal/tenant-option.ts';
import { parseRange } from '../terminal/time-range.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { addS3Options } from './archive-options.ts';
import { archiveView, withKeeperView, type EntriesView } from './entries-view.ts';
import { openArchive } from './open-archive.ts';
import { QUERY_FORMATS, writeResult, type QueryFormat } from './query-output.ts';
import { Sandbox } from './sandbox.ts';

export interface QueryOptions extends S3Connection {
  archive?: string | undefined;
  folder?: string | undefined;
  tenant: string;
  from: string;
  to: string;
  format: QueryFormat;
  /** Milliseconds. */
  timeout: number;
  /** Megabytes. */
  memory: number;
}

/**
 * Runs one SELECT over the view `entries`: one tenant's archived days, or the keeper's own.
 *
 * @returns the number of rows
 * @throws UsageError, errors of DuckDB, of the archive
 */
export async function query(
  sql: string,
  options: QueryOptions,
  write: (text: string) => Promise<void>,
  note: (text: string) => void,
): Promise<number> {
  const { archive, folder, tenant, format, timeout: timeoutMs, memory } = options;
  if ((archive === undefined) === (folder === undefined)) {
    throw new UsageError('give --archive, or --folder for the entries of the keeper');
  }
  const range = parseRange(options.from, options.to);
  const work = await mkdtemp(join(tmpdir(), 'auditrail-query-'));
  const run = async (source: EntriesView) => {
    const limits = { memoryBytes: memory * 1e6, timeoutMs, folder: join(work, 'spill') };
    const sandbox = await Sandbox.open({ ...source, ...limits });
    try {
      return await sandbox.select(sql, (result) => writeResult(result, format, write));
    } finally {
      sandbox.close();
    }
  };
  try {
    if (archive === undefined) return await withKeeperView(folder ?? '', { tenant, range }, run);
    const view = await archiveView(openArchive({ ...options, archive }), { tenant, range, work }, (day, bytes) => {
      note(`fetching ${day}: ${(bytes / 1e6).toFixed(1)} MB`);
    });
    return await run(view);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeOut(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Adds `auditrail query`. */
export function addQueryCommand(program: Command): void {
  const command = program
    .command('query')
    .description("ask one tenant's entries by SQL (DuckDB): one SELECT over the view entries (docs/archive.md)")
    .argument('<sql>', 'such as "SELECT action, count(*) FROM entries GROUP BY action"')
    .option('--archive <address>', 'the archive: a folder, or s3://bucket/prefix')
    .option('--folder <folder>', "the keeper's own folder: its entries instead of an archive's")
    .addOption(tenantOption())
    .option('--from <time>', 'a time, a date, or a duration ago', '30d')
    .option('--to <time>', 'a time (excluded), a date (the whole day), or a duration ago', 'now')
    .addOption(new Option('--format <format>', 'of the result').choices(QUERY_FORMATS).default('table'))
    .addOption(new Option('--timeout <duration>', 'stop a longer query').argParser(duration).default(60_000, '60s'))
    .option('--memory <megabytes>', 'for the query; more is spilled to disk', wholeNumber, 512);
  addS3Options(command)
    .addHelpText('after', '\nExit code: 0 done, 2 not done (wrong use, an error in the SQL, too slow).')
    .action(async (sql: string, options: QueryOptions) => {
      try {
        await query(sql, options, writeOut, (text) => console.error(text));
      } catch (error) {
        console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 2;
      }
    });
}
