import { link, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TimeRange } from '@auditrail/core/query';
import { Catalog } from '../days/catalog.ts';
import { sqlText } from '../days/duck.ts';
import { DAY_NS } from '../days/segment.ts';
import { segmentPaths } from '../days/write-segment.ts';
import { DATABASE_FILE } from '../serve/database.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { fetchDay } from './archive-day.ts';
import type { ArchiveStore } from './archive-store.ts';
import { dateOf, parquetKey, tenantPrefix } from './day-key.ts';
import { archivedDays, readManifest } from './read-manifest.ts';
import { ARCHIVE_COLUMNS, SEGMENT_SELECT } from './schema.ts';

/** Files of one tenant, and the query for the view `entries` over them. */
export interface EntriesView {
  files: string[];
  view: string;
}

const ARCHIVE_ONLY = ['line', 'chain_key_id', 'revision'];
const inRange = ({ start, end }: TimeRange) => `time_ns >= ${start} AND time_ns < ${end}`;
const listOf = (files: readonly string[]) => `read_parquet([${files.map(sqlText).join(', ')}])`;

function emptyView(without: readonly string[] = []): EntriesView {
  const columns = ARCHIVE_COLUMNS.filter(([name]) => !without.includes(name));
  return {
    files: [],
    view: `SELECT ${columns.map(([name, type]) => `NULL::${type} AS ${name}`).join(', ')}, NULL::DATE AS day WHERE false`,
  };
}

/**
 * The archived days of a range; those of a bucket are fetched into `work`.
 *
 * @param onFetch called before each day that is fetched
 */
export async function archiveView(
  store: ArchiveStore,
  { tenant, range, work }: { tenant: string; range: TimeRange; work: string },
  onFetch: (day: string, bytes: number) => void,
): Promise<EntriesView> {
  const [first, last] = [dateOf(Number(range.start / DAY_NS)), dateOf(Number((range.end - 1n) / DAY_NS))];
  const files: string[] = [];
  for (const [day, { revisions }] of await archivedDays(store, tenantPrefix(tenant))) {
    const revision = revisions.at(-1);
    if (revision === undefined || day < first || day > last) continue;
    if (store.pathOf) files.push(store.pathOf(parquetKey(tenant, { day, revision })));
    else {
      const { manifest } = await readManifest(store, tenant, { day, revision });
      onFetch(day, manifest.file.bytes);
      files.push(await fetchDay(store, manifest, join(work, `${day}.parquet`)));
    }
  }
  if (files.length === 0) return emptyView();
  return { files, view: `SELECT *, time::DATE AS day FROM ${listOf(files)} WHERE ${inRange(range)}` };
}

// The keeper may replace segments between the look at its list and the link.
const LINK_TRIES = 5;
/** Links of a query that was killed keep replaced files on the disk. */
const STALE_MS = 86_400_000;

/** Links the segments of a range into `links`, because the keeper replaces and deletes them while they are read. */
async function linkSegments(folder: string, tenant: string, range: TimeRange, links: string): Promise<string[]> {
  const db = new DatabaseSync(join(folder, DATABASE_FILE), { readOnly: true, timeout: 5_000 });
  try {
    for (let tries = 1; ; tries++) {
      const to = join(links, String(tries));
      await mkdir(to);
      const segments = new Catalog(db, tenant)
        .segments()
        .filter(({ minNs, maxNs }) => maxNs >= range.start && minNs < range.end)
        .map(({ id }) => segmentPaths(join(folder, 'days', tenant), id).parquet);
      try {
        for (const path of segments) await link(path, join(to, basename(path)));
        return segments.map((path) => join(to, basename(path)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries >= LINK_TRIES) throw error;
      }
    }
  } finally {
    db.close();
  }
}

/**
 * The keeper's own entries of a range, without those of the last minutes, which are not in files yet.
 *
 * @param use runs with the view; the files are there until it ends
 */
export async function withKeeperView<T>(
  folder: string,
  { tenant, range }: { tenant: string; range: TimeRange },
  use: (view: EntriesView) => Promise<T>,
): Promise<T> {
  if (!existsSync(join(folder, DATABASE_FILE))) {
    throw new UsageError(`${folder} is not the folder of a keeper: ${DATABASE_FILE} is missing`);
  }
  // Not the name of a tenant.
  const parent = join(folder, 'days', '.query');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) {
    const { mtimeMs } = await stat(join(parent, name)).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < Date.now() - STALE_MS) await rm(join(parent, name), { recursive: true, force: true });
  }
  const links = await mkdtemp(join(parent, 'q-'));
  try {
    const files = await linkSegments(folder, tenant, range, links);
    if (files.length === 0) return await use(emptyView(ARCHIVE_ONLY));
    const chain = `"chainStream" AS chain_stream, TRY_CAST("chainSeq" AS BIGINT) AS chain_seq, lower(hex(hash)) AS line_sha256`;
    const all = `SELECT ${SEGMENT_SELECT}, ${chain} FROM ${listOf(files)}`;
    return await use({ files, view: `SELECT *, time::DATE AS day FROM (${all}) WHERE ${inRange(range)}` });
  } finally {
    await rm(links, { recursive: true, force: true });
  }
}
