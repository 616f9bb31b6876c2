import { msToNs } from '@auditrail/core';
import { countEntries, LOKI_PATHS, readEntries, type LokiClient } from '@auditrail/core/loki';
import { PATHS } from '../constants.ts';
import type { AppSecrets, AppSettings } from '../settings.ts';
import { grafanaRequest } from './grafana-request.ts';

/** A data source that can be selected in the settings. */
export interface NamedDatasource {
  uid: string;
  name: string;
}

/** Saves the settings. Secrets that are left out do not change. */
export async function saveSettings(
  enabled: boolean,
  pinned: boolean,
  jsonData: AppSettings,
  secureJsonData: AppSecrets & Record<string, string>,
) {
  const data = { enabled, pinned, jsonData, secureJsonData };
  await grafanaRequest({ method: 'POST', url: PATHS.settings, data });
}

/** The organization's data sources of some types (`loki`, `tempo`), sorted by name. */
export async function readDatasources(types: readonly string[], signal?: AbortSignal): Promise<NamedDatasource[]> {
  const answer = await grafanaRequest({ method: 'GET', url: '/api/datasources' }, signal);
  if (!Array.isArray(answer)) return [];
  return answer
    .flatMap((item: unknown) =>
      typeof item === 'object' &&
      item !== null &&
      'type' in item &&
      'uid' in item &&
      'name' in item &&
      types.includes(String(item.type))
        ? [{ uid: String(item.uid), name: String(item.name) }]
        : [],
    )
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** The result of a connection test. */
export interface ConnectionReport {
  /** Loki's retention period (`365d`; `0s`: unlimited); missing if Loki does not report it. */
  retention?: string;
  /** Maximum number of entries that Loki returns per query. */
  maxEntries?: number;
  /** Nanoseconds of the newest entry of the last 30 days. */
  newest?: bigint;
  /** Number of entries of the last 24 hours. */
  lastDay: number;
}

const limitsOf = (answer: unknown): Record<string, unknown> =>
  typeof answer === 'object' &&
  answer !== null &&
  'limits' in answer &&
  typeof answer.limits === 'object' &&
  answer.limits
    ? { ...answer.limits }
    : {};

/**
 * Reads Loki's limits, the newest entry, and the number of entries of a day, in the same way as the audit log page.
 *
 * @throws AuditError as the client does.
 */
export async function testConnection(loki: LokiClient): Promise<ConnectionReport> {
  const limits = limitsOf(await loki.get(LOKI_PATHS.limits, {}));
  const end = msToNs(Date.now());
  const day = msToNs(24 * 3_600_000);
  const month = { start: end - 30n * day, end };
  let newest: bigint | undefined;
  for await (const page of readEntries(loki, { range: month, pageEntries: 1 })) {
    newest = page[0]?.ns;
    break;
  }
  const lastDay = await countEntries(loki, { range: { start: end - day, end } });
  return {
    lastDay,
    ...(typeof limits.retention_period === 'string' && { retention: limits.retention_period }),
    ...(typeof limits.max_entries_limit_per_query === 'number' && { maxEntries: limits.max_entries_limit_per_query }),
    ...(newest !== undefined && { newest }),
  };
}
