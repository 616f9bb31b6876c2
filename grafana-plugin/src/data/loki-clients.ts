import type { LokiClient, LokiPath } from '@auditrail/core/loki';
import { PATHS } from '../constants.ts';
import type { AppSettings } from '../settings.ts';
import { grafanaRequest } from './grafana-request.ts';

function clientAt(addressOf: (path: LokiPath) => string): LokiClient {
  return {
    get: (path, params, signal) => grafanaRequest({ method: 'GET', url: addressOf(path), params }, signal),
  };
}

/** Reads through the routes of plugin.json. Grafana checks the permission and adds the gateway's address and token. */
export function routeLokiClient(): LokiClient {
  return clientAt((path) => PATHS.proxy + path);
}

/** Reads through a Loki data source. Every user who can query the data source can read. */
export function datasourceLokiClient(uid: string): LokiClient {
  const base = `/api/datasources/uid/${encodeURIComponent(uid)}/resources/`;
  // The data source adds Loki's own prefix.
  return clientAt((path) => base + path.slice(path.lastIndexOf('/') + 1));
}

/** The Loki client for the settings. */
export function lokiClientFor({ source, datasourceUid }: Pick<AppSettings, 'source' | 'datasourceUid'>): LokiClient {
  return source === 'datasource' ? datasourceLokiClient(datasourceUid) : routeLokiClient();
}
