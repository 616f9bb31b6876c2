import type { LokiClient, LokiPath } from '@auditrail/core/loki';
import { PATHS } from '../constants.ts';
import type { AppSettings } from '../settings.ts';
import { grafanaRequest } from './grafana-request.ts';

function clientAt(addressOf: (path: LokiPath) => string): LokiClient {
  return {
    get: (path, params, signal) => grafanaRequest({ method: 'GET', url: addressOf(path), params }, signal),
  };
}

/** Reads through the routes of plugin.json: Grafana checks the permission, and puts the gateway's address and token before the path. */
export function routeLokiClient(): LokiClient {
  return clientAt((path) => PATHS.proxy + path);
}

/** Reads through a Loki data source: whoever may query that data source may read. */
export function datasourceLokiClient(uid: string): LokiClient {
  const base = `/api/datasources/uid/${encodeURIComponent(uid)}/resources/`;
  // The data source puts Loki's own prefix before the name.
  return clientAt((path) => base + path.slice(path.lastIndexOf('/') + 1));
}

/** The way to Loki that the settings choose. */
export function lokiClientFor({ source, datasourceUid }: Pick<AppSettings, 'source' | 'datasourceUid'>): LokiClient {
  return source === 'datasource' ? datasourceLokiClient(datasourceUid) : routeLokiClient();
}
