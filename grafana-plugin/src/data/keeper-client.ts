import type { KeeperClient } from '@auditrail/core/source';
import { PATHS } from '../constants.ts';
import { grafanaRequest } from './grafana-request.ts';

/** The keeper's entries, through the routes of plugin.json. */
export function routeKeeperClient(): KeeperClient {
  return {
    ask: (path, data, signal) => grafanaRequest({ method: 'POST', url: `${PATHS.proxy}/keeper${path}`, data }, signal),
  };
}
