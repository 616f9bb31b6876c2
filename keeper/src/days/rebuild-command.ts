import { join } from 'node:path';
import { formatTime } from '@auditrail/core';
import { httpLokiClient, type LokiClient } from '@auditrail/core/loki';
import type { TimeRange } from '@auditrail/core/query';
import { Option, type Command } from 'commander';
import { folderOption } from '../serve/command-options.ts';
import { openDatabase } from '../serve/database.ts';
import { stderrLog } from '../serve/log.ts';
import { acquireSingleInstanceLock } from '../serve/single-instance-lock.ts';
import { tenantOption } from '../terminal/tenant-option.ts';
import { parseRange, rangeText } from '../terminal/time-range.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { Days } from './days.ts';
import { recordsInLoki } from './from-loki.ts';

interface RebuildOptions {
  folder: string;
  url?: string;
  token?: string;
  tenant: string;
  from: string;
  to: string;
}

const PROGRESS_EVERY_MS = 10_000;

/**
 * Adds to the keeper's entries of a tenant what Loki holds beyond them.
 *
 * @param onProgress called after each page
 * @returns how many lines Loki holds in the range, and how many of them were missing
 */
async function rebuild(
  days: Pick<Days, 'add' | 'maintain'>,
  loki: LokiClient,
  { tenant, range, now = Date.now }: { tenant: string; range: TimeRange; now?: () => number },
  onProgress: (progress: { read: number; added: number; reachedNs: bigint }) => Promise<void> | void = () => undefined,
): Promise<{ read: number; added: number }> {
  let [read, added] = [0, 0];
  for await (const records of recordsInLoki(loki, range, BigInt(now()) * 1_000_000n)) {
    added += await days.add(tenant, records);
    read += records.length;
    await days.maintain();
    await onProgress({ read, added, reachedNs: records.at(-1)?.ns ?? range.start });
  }
  return { read, added };
}

async function run({ folder, url, token, tenant, from, to }: RebuildOptions): Promise<void> {
  if (!url) throw new UsageError('give --url, the address of the gateway (AUDITRAIL_GATEWAY_URL)');
  const range = parseRange(from, to);
  const db = openDatabase(folder);
  const release = acquireSingleInstanceLock(folder);
  try {
    const days = await Days.open({ db, folder: join(folder, 'days'), log: stderrLog });
    const loki = httpLokiClient({ url, tenant, ...(token && { headers: { Authorization: `Bearer ${token}` } }) });
    let printed = Date.now();
    const { read, added } = await rebuild(days, loki, { tenant, range }, (progress) => {
      if (Date.now() - printed < PROGRESS_EVERY_MS) return;
      printed = Date.now();
      console.error(
        `back to ${formatTime(progress.reachedNs).slice(0, 19)}Z: ${progress.read} entries read, ${progress.added} added`,
      );
    });
    await days.maintain({ everything: true });
    await days.close();
    console.log(`${read} entries read from Loki, ${added} of them added (tenant ${tenant}, ${rangeText(range)})`);
  } finally {
    release();
    db.close();
  }
}

/** Adds `auditrail rebuild`. */
export function addRebuildCommand(program: Command): void {
  program
    .command('rebuild')
    .description("add to the keeper's entries what Loki holds beyond them; stop auditrail serve before")
    .addOption(folderOption())
    .addOption(new Option('--url <url>', 'address of the gateway').env('AUDITRAIL_GATEWAY_URL'))
    .addOption(new Option('--token <token>', "the reader's bearer token").env('AUDITRAIL_READ_TOKEN'))
    .addOption(tenantOption())
    .option('--from <time>', 'a time, a date, or a duration ago', '365d')
    .option('--to <time>', 'a time (excluded), a date (the whole day), or a duration ago', 'now')
    .addHelpText('after', '\nExit code: 0 done, 2 not done (wrong use, no answer, a full disk).')
    .action(async (options: RebuildOptions) => {
      try {
        await run(options);
      } catch (error) {
        console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 2;
      }
    });
}
