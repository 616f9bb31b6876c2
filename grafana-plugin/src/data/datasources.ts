import { config, getDataSourceSrv, hasPermission } from '@grafana/runtime';
import type { ExploreDatasource } from '../links/explore.ts';

/** A data source by its uid; `undefined` where there is none, or this person may not query it. */
export function datasourceByUid(uid: string): (ExploreDatasource & { name: string }) | undefined {
  // Outside of Grafana there is no such service.
  const service = getDataSourceSrv() as ReturnType<typeof getDataSourceSrv> | undefined;
  const found = uid ? service?.getInstanceSettings(uid) : undefined;
  // Grafana answers a name as well; here it must be the uid that was chosen.
  return found?.uid === uid ? { uid, type: found.type, name: found.name } : undefined;
}

/** Whether this person may open Explore. */
export const mayExplore = (): boolean => hasPermission('datasources:explore');

/** Whether an app is installed and enabled. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- what takes its place is not in Grafana 12.2
export const hasApp = (id: string): boolean => Object.hasOwn(config.apps ?? {}, id);
