import { t } from '@grafana/i18n';

/** Where entries are read from: the app's guarded routes, or a Loki data source that an administrator chose. */
export type Source = 'route' | 'datasource';

/** Where a trace is opened. */
export type TracesTarget = 'explore' | 'drilldown';

/** What time range the page opens with: today (since midnight), or the last 24 hours. */

export type DefaultRange = 'today' | '24h';

/**
 * The app's `jsonData`. Grafana keeps it per organization and gives it to every Viewer, so no address, tenant or token is in
 * it: the gateway's address and token are the app's one secret (`AppSecrets`).
 */
export interface AppSettings {
  source: Source;
  /** Whether a keeper (`auditrail serve`) runs behind the gateway. */
  backgroundExports: boolean;
  /** The Loki data source that is read when `source` is `datasource`; otherwise it is only opened in Explore, if there is one. */
  datasourceUid: string;
  /** The data source (Tempo, Jaeger, Zipkin) in which an entry's trace is opened; empty: none. */
  tracesDatasourceUid: string;
  tracesTarget: TracesTarget;
  defaultRange: DefaultRange;
  /** A provisioning file sets all of this at each start of Grafana: the configuration page says so. */
  provisioned: boolean;
}

export const DEFAULT_SETTINGS: AppSettings = {
  source: 'route',
  backgroundExports: false,
  datasourceUid: '',
  tracesDatasourceUid: '',
  tracesTarget: 'explore',
  defaultRange: 'today',
  provisioned: false,
};

/** The app's secrets, as plugin.json's routes use them: Grafana keeps them and never returns them. */
export interface AppSecrets {
  /** The gateway's address and token in one: `http://gateway:8080/t/auditrail_gw_…`. */
  gateway?: string;
}

/** Settings of earlier builds. Nothing reads them; they are named so that an administrator can be asked to replace them. */
const OLD_SETTINGS = ['lokiUrl', 'tenant', 'collectorUrl', 'keeperUrl'];
const OLD_SECRETS = ['readToken', 'grafanaToken', 'keeperToken'];

/** What Grafana has of the app. */
export interface Configuration {
  settings: AppSettings;
  /** Whether the gateway's address and token are stored: without them nothing can be written. */
  hasGateway: boolean;
  /** Names of settings and secrets that are stored but no longer used. */
  old: { settings: string[]; secrets: string[] };
}

/** The parts of Grafana's plugin metadata that hold the configuration. */
export interface StoredConfiguration {
  jsonData?: unknown;
  secureJsonFields?: Record<string, boolean> | undefined;
}

const textOf = (value: unknown, fallback: string) => (typeof value === 'string' ? value : fallback);
const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** The settings out of whatever Grafana stored (or someone provisioned). */
export function parseSettings(jsonData: unknown): AppSettings {
  const data = recordOf(jsonData);
  return {
    source: data.source === 'datasource' ? 'datasource' : 'route',
    backgroundExports: data.backgroundExports === true,
    datasourceUid: textOf(data.datasourceUid, DEFAULT_SETTINGS.datasourceUid),
    tracesDatasourceUid: textOf(data.tracesDatasourceUid, DEFAULT_SETTINGS.tracesDatasourceUid),
    tracesTarget: data.tracesTarget === 'drilldown' ? 'drilldown' : 'explore',
    defaultRange: data.defaultRange === '24h' ? '24h' : 'today',
    provisioned: data.provisioned === true,
  };
}

/** The configuration out of Grafana's metadata of the app. */
export function parseConfiguration({ jsonData, secureJsonFields = {} }: StoredConfiguration): Configuration {
  const data = recordOf(jsonData);
  return {
    settings: parseSettings(jsonData),
    hasGateway: secureJsonFields.gateway === true,
    old: {
      settings: OLD_SETTINGS.filter((name) => data[name] !== undefined && data[name] !== ''),
      secrets: OLD_SECRETS.filter((name) => secureJsonFields[name] === true),
    },
  };
}

/** Whether settings or secrets are stored that are no longer used. */
export const isOutdated = ({ old }: Pick<Configuration, 'old'>): boolean =>
  old.settings.length > 0 || old.secrets.length > 0;

/** Whether enough is set to read entries at all. */
export function isConfigured({ settings, hasGateway }: Pick<Configuration, 'settings' | 'hasGateway'>): boolean {
  return settings.source === 'datasource' ? settings.datasourceUid !== '' : hasGateway;
}

/** What is wrong with settings, by field; empty when they may be saved. */
export function settingsProblems({ source, datasourceUid }: AppSettings): Partial<Record<keyof AppSettings, string>> {
  return source === 'datasource' && !datasourceUid ? { datasourceUid: t('settings.required', 'Required') } : {};
}

let saved: Configuration | undefined;

/** Grafana gives the app the configuration of page load; what was saved since then is newer. */
export function rememberSaved(configuration: Configuration | undefined): void {
  saved = configuration;
}

/** The configuration in force, from the app's `meta`. */
export function currentConfiguration(meta: StoredConfiguration = {}): Configuration {
  return saved ?? parseConfiguration(meta);
}
