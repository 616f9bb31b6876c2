import type { Configuration } from '../settings.ts';
import { routeKeeperClient } from './keeper-client.ts';
import { lokiClientFor } from './loki-clients.ts';
import { Trail } from './trail.ts';

/** The trail for the settings. Who reads through a data source can have another tenant and other permissions there. */
export function trailFor({ settings, hasGateway }: Pick<Configuration, 'settings' | 'hasGateway'>): Trail {
  const hasKeeper = hasGateway && settings.source === 'route' && settings.backgroundExports;
  return new Trail(lokiClientFor(settings), hasKeeper ? routeKeeperClient() : undefined);
}
