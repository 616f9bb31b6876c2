import { msToNs } from '@auditrail/core';
import { countEntries, LOKI_PATHS, readEntries, type LokiClient } from '@auditrail/core/loki';
import { PATHS } from '../constants.ts';
import type { AppSecrets, AppSettings } from '../settings.ts';
import { grafanaRequest } from './grafana-request.ts';

/** A data source that the settings can name. */
export interface NamedDatasource {
  uid: string;
  name: string;
}

/** Saves the settings; a secret that is left out stays as it was. */
export async function saveSettings(
  enabled: boolean,
  pinned: boolean,
  jsonData: AppSettings,
  secureJsonData: AppSecrets & Record<string, string>,
) {
  const data = { enabled, pinned, jsonData, secureJsonData };
  await grafanaRequest({ method: 'POST', url: PATHS.settings, data });
}

/** The organisation's data sources of some types (`loki`, `tempo`), by name. */
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

/** What a test of the connection found. */
export interface ConnectionReport {
  /** Loki's words for how long entries are kept (`365d`), `0s` for ever; missing where Loki does not say. */
  retention?: string;
  /** Most entries that Loki gives at once. */
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
 * Asks Loki for its limits, its newest entry and the number of entries of a day, exactly as the audit page reads.
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
