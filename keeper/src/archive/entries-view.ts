import { link, mkdir, mkdtemp } from 'node:fs/promises';
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

/**
 * The keeper's own entries of a range, but for those of the last minutes, which are not in files yet. Files are linked into a
 * folder of their own, because the keeper replaces them.
 *
 * @returns also the folder, to be deleted
 */
export async function keeperView(
  folder: string,
  { tenant, range }: { tenant: string; range: TimeRange },
): Promise<EntriesView & { links: string }> {
  const file = join(folder, DATABASE_FILE);
  if (!existsSync(file)) throw new UsageError(`${folder} is not the folder of a keeper: ${DATABASE_FILE} is missing`);
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  // A name that is no tenant.
  const parent = join(folder, 'days', '.query');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const links = await mkdtemp(join(parent, 'q-'));
  try {
    const segments = new Catalog(db, tenant)
      .segments()
      .filter(({ minNs, maxNs }) => maxNs >= range.start && minNs < range.end);
    const files: string[] = [];
    for (const { id } of segments) {
      const { parquet } = segmentPaths(join(folder, 'days', tenant), id);
      const path = join(links, basename(parquet));
      await link(parquet, path);
      files.push(path);
    }
    if (files.length === 0) return { links, ...emptyView(ARCHIVE_ONLY) };
    const chain = `"chainStream" AS chain_stream, TRY_CAST("chainSeq" AS BIGINT) AS chain_seq, lower(hex(hash)) AS line_sha256`;
    const all = `SELECT ${SEGMENT_SELECT}, ${chain} FROM ${listOf(files)}`;
    return { links, files, view: `SELECT *, time::DATE AS day FROM (${all}) WHERE ${inRange(range)}` };
  } finally {
    db.close();
  }
}
