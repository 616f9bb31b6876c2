import { MUTATING_METHODS, FALLBACK_ACTION, type Route } from '@auditrail/sdk/coverage';
import { readValueGroups, type LokiClient, type ValueGroup } from '@auditrail/core/loki';
import type { Filter, TimeRange } from '@auditrail/core/query';
import { routeFinder } from './match-route.ts';

/** What the trail has of one route or action. */
export interface Seen {
  /** `never`: no entry; `generic`: only entries that the middleware recorded (`fallback`); `recorded`: its own entries. */
  status: 'never' | 'generic' | 'recorded';
  entries: number;
  /** The times of the first and the last entry in the range, in RFC 3339. */
  first?: string;
  last?: string;
}

type RouteSeen = Route & Seen;
type ActionSeen = { action: string } & Seen;

export interface Comparison {
  routes: RouteSeen[];
  actions: ActionSeen[];
  /** The number of routes and actions without any entry. */
  never: number;
}

export interface CompareOptions {
  routes: readonly Route[];
  actions: readonly string[];
  range: TimeRange;
  /** Only entries of this service. Default: of all. */
  service?: string | undefined;
}

const timeOf = (ms: number) => new Date(ms).toISOString();

function seenOf(groups: readonly ValueGroup[], isGeneric: (group: ValueGroup) => boolean): Seen {
  if (groups.length === 0) return { status: 'never', entries: 0 };
  return {
    status: groups.every(isGeneric) ? 'generic' : 'recorded',
    entries: groups.reduce((sum, { entries }) => sum + entries, 0),
    first: timeOf(Math.min(...groups.map(({ firstMs }) => firstMs))),
    last: timeOf(Math.max(...groups.map(({ lastMs }) => lastMs))),
  };
}

async function seenRoutes(
  loki: LokiClient,
  routes: readonly Route[],
  filters: readonly Filter[],
  range: TimeRange,
): Promise<RouteSeen[]> {
  if (routes.length === 0) return [];
  const methods = new Set(routes.flatMap(({ method }) => (method === 'ALL' ? [...MUTATING_METHODS] : [method])));
  const byMethod: Filter = { field: 'method', operator: 'is any of', values: [...methods] };
  const query = { filters: [...filters, byMethod] };
  const find = routeFinder(routes);
  const byRoute = new Map<Route, ValueGroup[]>();
  for (const group of await readValueGroups(loki, ['method', 'endpoint', 'action'], { query, range })) {
    const [method = '', endpoint = ''] = group.values;
    const route = find(method, endpoint);
    if (route) byRoute.set(route, [...(byRoute.get(route) ?? []), group]);
  }
  const isGeneric = ({ values }: ValueGroup) => values[2] === FALLBACK_ACTION;
  return routes.map((route) => ({ ...route, ...seenOf(byRoute.get(route) ?? [], isGeneric) }));
}

async function seenActions(
  loki: LokiClient,
  actions: readonly string[],
  filters: readonly Filter[],
  range: TimeRange,
): Promise<ActionSeen[]> {
  if (actions.length === 0) return [];
  const groups = await readValueGroups(loki, ['action'], { query: { filters }, range });
  return actions.map((action) => ({
    action,
    ...seenOf(
      groups.filter(({ values }) => values[0] === action),
      () => false,
    ),
  }));
}

/**
 * Compares routes and declared actions with the entries of a range.
 *
 * @throws AuditError as `readValueGroups` does.
 */
export async function compareCoverage(loki: LokiClient, options: CompareOptions): Promise<Comparison> {
  const { range, service } = options;
  const filters: Filter[] = service === undefined ? [] : [{ field: 'service', operator: 'is', values: [service] }];
  const routes = await seenRoutes(loki, options.routes, filters, range);
  const actions = await seenActions(loki, options.actions, filters, range);
  return { routes, actions, never: [...routes, ...actions].filter(({ status }) => status === 'never').length };
}
