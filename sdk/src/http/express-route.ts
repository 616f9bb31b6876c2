import { nameSegments, type RouteParams } from './name-segments.ts';

/** The properties of an Express request that describe its route. */
interface Routed {
  baseUrl?: string;
  params?: RouteParams;
  route?: { path: unknown };
}

/** A match of a router: the URL before it, and what matched after that. */
interface Match {
  base: string;
  params: RouteParams;
  /** `router` 2.3 and newer. */
  pattern: unknown;
}

interface Watched {
  initial: RouteParams;
  /** The matches that contain each other, outermost first. */
  matches: Match[];
  route?: object;
  endpoint?: string;
}

const WATCHED = new WeakMap<object, Watched>();

function patternOf(request: object): unknown {
  const key = Object.getOwnPropertySymbols(request).find((each) => each.description === 'router.tracing.matchedRoute');
  return key && (request as Record<symbol, unknown>)[key];
}

const withNames = (path: string, params: RouteParams) => nameSegments(path, params, (name) => `:${name}`);

// The last match is the route's, the others are of routers that are mounted.
function endpointOf({ initial, matches }: Watched, { baseUrl = '', route }: Routed): string {
  const mounts = matches.slice(0, -1).map(({ base, params, pattern }, i) => {
    if (typeof pattern === 'string') return pattern.replace(/\/$/, '');
    return withNames((matches[i + 1]?.base ?? '').slice(base.length), params);
  });
  const prefix = withNames(matches[0]?.base ?? baseUrl, initial) + mounts.join('');
  const path = [route?.path].flat().map(String).join('|');
  return path === '/' && prefix ? prefix : prefix + path;
}

/**
 * Watches which patterns a request matches. Inside a router that is mounted at `/users/:id`, Express no longer has the
 * pattern, and `baseUrl` contains the value.
 */
export function watchParams(request: object): void {
  if (WATCHED.has(request)) return;
  let { params } = request as Routed;
  const watched: Watched = { initial: params ?? {}, matches: [] };
  WATCHED.set(request, watched);
  const known = new WeakSet<object>(params ? [params] : []);
  const onMatch = (matched: RouteParams) => {
    const { baseUrl: base = '', route } = request as Routed;
    const pattern = patternOf(request);
    watched.matches = watched.matches.filter((outer) => outer.base.length < base.length);
    watched.matches.push({ base, params: matched, pattern });
    // The property `route` stays when Express goes on to other middleware.
    if (!route || (route === watched.route && ![route.path].flat().includes(pattern))) return;
    watched.route = route;
    watched.endpoint = endpointOf(watched, request);
  };
  Object.defineProperty(request, 'params', {
    configurable: true,
    enumerable: true,
    get: () => params,
    set: (value: RouteParams | undefined) => {
      params = value;
      // A router that ends restores the parameters of the one around it.
      if (!value || known.has(value)) return;
      known.add(value);
      onMatch(value);
    },
  });
}

/** The pattern of the request's route, such as `/users/:id/orders`, never its URL; `undefined` until a route matches. */
export function expressRoute(request: object): string | undefined {
  const { route } = request as Routed;
  if (!route) return undefined;
  const watched = WATCHED.get(request) ?? { initial: {}, matches: [] };
  return watched.route === route ? watched.endpoint : endpointOf(watched, request);
}
