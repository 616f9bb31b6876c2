import { isTenant } from '@auditrail/core';
import { t } from '@grafana/i18n';

/** Where entries are read from: the app's guarded routes, or a Loki data source that an administrator chose. */
export type Source = 'route' | 'datasource';

/** Where a trace is opened. */
export type TracesTarget = 'explore' | 'drilldown';

/** What time range the page opens with: today (since midnight), or the last 24 hours. */

export type DefaultRange = 'today' | '24h';

/** The app's `jsonData`, as plugin.json's routes use it. Kept by Grafana per organisation. */
export interface AppSettings {
  source: Source;
  /** Address of the read-only gateway (or of Loki), without `/loki`. */
  lokiUrl: string;
  /** Loki's tenant (`X-Scope-OrgID`). */
  tenant: string;
  /** OTLP base address of the collector's receiver for Grafana; empty: nothing is written. */
  collectorUrl: string;
  /** Address of `auditrail serve`; empty: there are no background exports. */
  keeperUrl: string;
  /** The Loki data source that is read when `source` is `datasource`. */
  datasourceUid: string;
  /** The data source (Tempo, Jaeger, Zipkin) in which an entry's trace is opened; empty: none. */
  tracesDatasourceUid: string;
  tracesTarget: TracesTarget;
  defaultRange: DefaultRange;
}

export const DEFAULT_SETTINGS: AppSettings = {
  source: 'route',
  lokiUrl: '',
  tenant: 'audit',
  collectorUrl: '',
  keeperUrl: '',
  datasourceUid: '',
  tracesDatasourceUid: '',
  tracesTarget: 'explore',
  defaultRange: 'today',
};

/** The app's secrets: Grafana keeps them and never gives them back. */
export interface AppSecrets {
  readToken?: string;
  grafanaToken?: string;
  keeperToken?: string;
}

const textOf = (value: unknown, fallback: string) => (typeof value === 'string' ? value : fallback);

/** The settings out of whatever Grafana stored (or someone provisioned). */
export function parseSettings(jsonData: unknown): AppSettings {
  const data: Partial<Record<keyof AppSettings, unknown>> = typeof jsonData === 'object' && jsonData ? jsonData : {};
  return {
    source: data.source === 'datasource' ? 'datasource' : 'route',
    lokiUrl: textOf(data.lokiUrl, DEFAULT_SETTINGS.lokiUrl),
    tenant: textOf(data.tenant, DEFAULT_SETTINGS.tenant),
    collectorUrl: textOf(data.collectorUrl, DEFAULT_SETTINGS.collectorUrl),
    keeperUrl: textOf(data.keeperUrl, DEFAULT_SETTINGS.keeperUrl),
    datasourceUid: textOf(data.datasourceUid, DEFAULT_SETTINGS.datasourceUid),
    tracesDatasourceUid: textOf(data.tracesDatasourceUid, DEFAULT_SETTINGS.tracesDatasourceUid),
    tracesTarget: data.tracesTarget === 'drilldown' ? 'drilldown' : 'explore',
    defaultRange: data.defaultRange === '24h' ? '24h' : 'today',
  };
}

/** Whether enough is set to read entries at all. */
export function isConfigured({ source, lokiUrl, tenant, datasourceUid }: AppSettings): boolean {
  return source === 'datasource' ? datasourceUid !== '' : lokiUrl !== '' && tenant !== '';
}

function urlProblem(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return t('settings.url-invalid', 'This is not an address. It looks like http://gateway:8080');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return t('settings.url-protocol', 'The address must begin with http:// or https://');
  }
  if (url.username || url.password) {
    return t('settings.url-credentials', 'Leave name and password out of the address; the token has its own field');
  }
  if (url.search || url.hash) return t('settings.url-query', 'The address must end before ? and #');
  return undefined;
}

function tenantProblem(tenant: string): string | undefined {
  if (isTenant(tenant)) return undefined;
  return t('settings.tenant-invalid', 'A tenant is 1 to 64 letters, digits or - _ . and begins with a letter or digit');
}

/** What is wrong with settings, by field; empty when they may be saved. */
export function settingsProblems(settings: AppSettings): Partial<Record<keyof AppSettings, string>> {
  const { source, lokiUrl, tenant, collectorUrl, keeperUrl, datasourceUid } = settings;
  const required = t('settings.required', 'Needed');
  const found: Array<[keyof AppSettings, string | undefined]> = [
    ['lokiUrl', source === 'route' ? (lokiUrl ? urlProblem(lokiUrl) : required) : undefined],
    ['tenant', source === 'route' || collectorUrl || keeperUrl ? tenantProblem(tenant) : undefined],
    ['collectorUrl', collectorUrl ? urlProblem(collectorUrl) : undefined],
    ['keeperUrl', keeperUrl ? urlProblem(keeperUrl) : undefined],
    ['datasourceUid', source === 'datasource' && !datasourceUid ? required : undefined],
  ];
  return Object.fromEntries(found.filter(([, problem]) => problem !== undefined));
}

/** Settings as they are stored: without the spaces and closing slashes that people paste. */
export function tidySettings(settings: AppSettings): AppSettings {
  const address = (text: string) => text.trim().replace(/\/+$/, '');
  return {
    ...settings,
    lokiUrl: address(settings.lokiUrl),
    collectorUrl: address(settings.collectorUrl),
    keeperUrl: address(settings.keeperUrl),
    tenant: settings.tenant.trim(),
  };
}

let saved: AppSettings | undefined;

/** Grafana hands the settings of page load to the app; what was saved since then is newer. */
export function rememberSaved(settings: AppSettings | undefined): void {
  saved = settings;
}

/** The settings in force, from the app's `meta.jsonData`. */
export function currentSettings(jsonData: unknown): AppSettings {
  return saved ?? parseSettings(jsonData);
}
