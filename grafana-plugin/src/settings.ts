import { t } from '@grafana/i18n';
import { parseSavedViews, type SavedView } from './state/saved-view.ts';

/** How entries are read: through the app's guarded routes, or through a Loki data source. */
export type Source = 'route' | 'datasource';

/** Where traces open. */
export type TracesTarget = 'explore' | 'drilldown';

/** The default time range of the page: today (since midnight), or the last 24 hours. */
export type DefaultRange = 'today' | '24h';

/**
 * The app's `jsonData`. Grafana stores it per organization and every Viewer can read it, so it contains no address, tenant, or
 * token: the gateway's address and token are the app's secret (`AppSecrets`).
 */
export interface AppSettings {
  source: Source;
  /** Whether a keeper (`auditrail serve`) runs behind the gateway. */
  backgroundExports: boolean;
  /** The Loki data source. If `source` is `datasource`, entries are read through it; otherwise it is only used for links to Explore. */
  datasourceUid: string;
  /** The data source (Tempo, Jaeger, Zipkin) for traces; empty if there is none. */
  tracesDatasourceUid: string;
  tracesTarget: TracesTarget;
  defaultRange: DefaultRange;
  /** Saved views of the organization: each user has them in the menu. */
  views: SavedView[];
  /** Set by provisioning files, which overwrite the settings at each start of Grafana. The configuration page warns about that. */
  provisioned: boolean;
}

export const DEFAULT_SETTINGS: AppSettings = {
  source: 'route',
  backgroundExports: false,
  datasourceUid: '',
  tracesDatasourceUid: '',
  tracesTarget: 'explore',
  defaultRange: 'today',
  views: [],
  provisioned: false,
};

/** The app's secrets, which the routes of plugin.json use. Grafana never returns them. */
export interface AppSecrets {
  /** The gateway's address and token in one: `http://gateway:8080/t/auditrail_gw_…`. */
  gateway?: string;
}

/** Settings of earlier builds. They are not used, but listed, so that an administrator can replace them. */
const OLD_SETTINGS = ['lokiUrl', 'tenant', 'collectorUrl', 'keeperUrl'];
const OLD_SECRETS = ['readToken', 'grafanaToken', 'keeperToken'];

/** The stored configuration of the app. */
export interface Configuration {
  settings: AppSettings;
  /** Whether the gateway's address and token are stored. Without them, no entries can be written. */
  hasGateway: boolean;
  /** Names of settings and secrets that are stored but no longer used. */
  old: { settings: string[]; secrets: string[] };
}

/** The parts of Grafana's plugin metadata that contain the configuration. */
export interface StoredConfiguration {
  jsonData?: unknown;
  secureJsonFields?: Record<string, boolean> | undefined;
}

const textOf = (value: unknown, fallback: string) => (typeof value === 'string' ? value : fallback);
const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** Parses the settings that Grafana stored or provisioned, in any form. */
export function parseSettings(jsonData: unknown): AppSettings {
  const data = recordOf(jsonData);
  return {
    source: data.source === 'datasource' ? 'datasource' : 'route',
    backgroundExports: data.backgroundExports === true,
    datasourceUid: textOf(data.datasourceUid, DEFAULT_SETTINGS.datasourceUid),
    tracesDatasourceUid: textOf(data.tracesDatasourceUid, DEFAULT_SETTINGS.tracesDatasourceUid),
    tracesTarget: data.tracesTarget === 'drilldown' ? 'drilldown' : 'explore',
    defaultRange: data.defaultRange === '24h' ? '24h' : 'today',
    views: parseSavedViews(data.views) ?? [],
    provisioned: data.provisioned === true,
  };
}

/** Parses the configuration from Grafana's metadata of the app. */
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

/** Whether settings or secrets of earlier builds are stored. */
export const isOutdated = ({ old }: Pick<Configuration, 'old'>): boolean =>
  old.settings.length > 0 || old.secrets.length > 0;

/** Whether the configuration is sufficient to read entries. */
export function isConfigured({ settings, hasGateway }: Pick<Configuration, 'settings' | 'hasGateway'>): boolean {
  return settings.source === 'datasource' ? settings.datasourceUid !== '' : hasGateway;
}

/** Error messages by field; empty if the settings can be saved. */
export function settingsProblems({ source, datasourceUid }: AppSettings): Partial<Record<keyof AppSettings, string>> {
  return source === 'datasource' && !datasourceUid ? { datasourceUid: t('settings.required', 'Required') } : {};
}

let saved: Configuration | undefined;

/** Remembers a configuration that was saved after the page was loaded, because Grafana passes the older one. */
export function rememberSaved(configuration: Configuration | undefined): void {
  saved = configuration;
}

/** The current configuration, from the app's `meta`. */
export function currentConfiguration(meta: StoredConfiguration = {}): Configuration {
  return saved ?? parseConfiguration(meta);
}
