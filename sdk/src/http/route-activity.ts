import { observeInstruments, type ObservedInstruments } from '../metrics.ts';

/** What happened to the requests of one method and route in this process that changed something and did not fail. */
export interface RouteActivity {
  method: string;
  /** The route's pattern; missing for requests that no route handled. */
  route?: string;
  /** Requests that ended with 2xx or 3xx, or without a response. */
  requests: number;
  /** Those of them that recorded no entry of their own. */
  unrecorded: number;
  /** The time of the last request, in RFC 3339. */
  last: string;
  /** The time of the last request that recorded an entry. */
  lastRecorded?: string;
  lastUnrecorded?: string;
}

interface Shared {
  routes: Map<string, RouteActivity>;
  instruments?: ObservedInstruments;
}

// One per process, even if the package is loaded twice, as an ES module and as CommonJS.
const KEY = Symbol.for('@auditrail/sdk/route-activity/1');
// An application that returns addresses from getRoute must not fill the memory.
const MAX_ROUTES = 2_000;

function shared(): Shared {
  const holder = globalThis as { [KEY]?: Shared };
  holder[KEY] ??= { routes: new Map() };
  return holder[KEY];
}

const METRIC = {
  create: 'createObservableCounter',
  name: 'audit.requests.unrecorded',
  unit: '{request}',
  description: 'Requests that changed something, succeeded and recorded no entry',
} as const;

/**
 * Counts a request that changed something and did not fail.
 *
 * @returns whether it is the first unrecorded one of its method and route
 */
export function countRequest(method: string, route: string | undefined, recorded: boolean): boolean {
  const state = shared();
  const { routes } = state;
  const key = `${method} ${route ?? ''}`;
  const now = new Date().toISOString();
  let activity = routes.get(key);
  if (!activity) {
    if (routes.size >= MAX_ROUTES) return false;
    activity = { method, ...(route !== undefined && { route }), requests: 0, unrecorded: 0, last: now };
    routes.set(key, activity);
  }
  activity.requests += 1;
  activity.last = now;
  if (recorded) {
    activity.lastRecorded = now;
    return false;
  }
  activity.unrecorded += 1;
  activity.lastUnrecorded = now;
  state.instruments ??= observeInstruments([
    {
      ...METRIC,
      observe(result) {
        for (const { method: verb, route: pattern, unrecorded } of routes.values()) {
          const labels = { 'http.request.method': verb, ...(pattern !== undefined && { 'http.route': pattern }) };
          if (unrecorded > 0) result.observe(unrecorded, labels);
        }
      },
    },
  ]);
  state.instruments.follow();
  return activity.unrecorded === 1;
}

/** Copies of all counts, in the order in which their routes were first used. */
export function routeActivity(): RouteActivity[] {
  return [...shared().routes.values()].map((activity) => ({ ...activity }));
}

/** Starts again from zero: for tests. */
export function forgetRouteActivity(): void {
  shared().routes.clear();
}
