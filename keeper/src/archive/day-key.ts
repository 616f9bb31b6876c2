const DAY_MS = 86_400_000;

/** A day, and one of its revisions. */
export interface DayRevision {
  /** 2026-11-20 */
  day: string;
  revision: number;
}

/** The date of a day's number since 1970. */
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The first millisecond after a day. */
export const endOfDayMs = (day: string): number => Date.parse(`${day}T00:00:00Z`) + DAY_MS;

// Folders as Hive names partitions, so that engines know the tenant and the day without reading a file.
export const tenantPrefix = (tenant: string): string => `tenant=${tenant}/`;
const dayPrefix = (tenant: string, day: string) => `${tenantPrefix(tenant)}day=${day}/`;

export const parquetName = (revision: number): string => `entries.${revision}.parquet`;
export const parquetKey = (tenant: string, { day, revision }: DayRevision): string =>
  `${dayPrefix(tenant, day)}${parquetName(revision)}`;

// Engines ignore files whose name begins with an underscore.
export const manifestKey = (tenant: string, { day, revision }: DayRevision): string =>
  `${dayPrefix(tenant, day)}_entries.${revision}.manifest.json`;

const KEY = /^tenant=([^/]+)\/day=(\d{4}-\d{2}-\d{2})\/(_?)entries\.(\d{1,6})\.(parquet|manifest\.json)$/;

/** What a key names, if it is one of an archive. */
export function parseKey(key: string): (DayRevision & { tenant: string; kind: 'manifest' | 'parquet' }) | undefined {
  const [, tenant, day, mark, revision, type] = KEY.exec(key) ?? [];
  if (tenant === undefined || day === undefined) return undefined;
  const kind = type === 'parquet' ? 'parquet' : 'manifest';
  if ((mark === '_') !== (kind === 'manifest')) return undefined;
  return { tenant, day, revision: Number(revision), kind };
}
