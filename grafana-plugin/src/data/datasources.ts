import { config, getDataSourceSrv, hasPermission } from '@grafana/runtime';
import type { ExploreDatasource } from '../links/explore.ts';

/** A data source by its UID; `undefined` if it does not exist or the user lacks permission to query it. */
export function datasourceByUid(uid: string): (ExploreDatasource & { name: string }) | undefined {
  // The service does not exist outside of Grafana.
  const service = getDataSourceSrv() as ReturnType<typeof getDataSourceSrv> | undefined;
  const found = uid ? service?.getInstanceSettings(uid) : undefined;
  // Grafana also finds a data source by its name. Only the configured UID is valid here.
  return found?.uid === uid ? { uid, type: found.type, name: found.name } : undefined;
}

/** Whether the user may open Explore. */
export const mayExplore = (): boolean => hasPermission('datasources:explore');

/** Whether an app is installed and enabled. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- its replacement is not in Grafana 12.2
export const hasApp = (id: string): boolean => Object.hasOwn(config.apps ?? {}, id);
