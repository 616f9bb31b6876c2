import type { Route } from './route.ts';

/** A Fastify server. */
export interface FastifyServer {
  routing: unknown;
}

// By the server's router, which all of its encapsulated instances share.
const KEY = Symbol.for('@auditrail/sdk/fastify-routes/1');

function known(): WeakMap<object, Route[]> {
  const holder = globalThis as { [KEY]?: WeakMap<object, Route[]> };
  holder[KEY] ??= new WeakMap<object, Route[]>();
  return holder[KEY];
}

interface RouteHook {
  addHook(name: 'onRoute', hook: (route: { method: string | string[]; url: string }) => void): unknown;
}

/**
 * Remembers the routes that a server defines from now on, for `listRoutes()`: Fastify itself lists them as text only.
 * `auditRequests` calls it. Call it yourself if you define routes before that plugin is loaded.
 *
 * @example
 * const app = fastify();
 * rememberRoutes(app);
 * app.register(auditRequests, options);
 * app.post('/orders', placeOrder);
 */
export function rememberRoutes(server: FastifyServer & RouteHook): void {
  if (known().has(server.routing as object)) return;
  const routes: Route[] = [];
  known().set(server.routing as object, routes);
  server.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, route: url });
  });
}

/** The routes of a server with `auditRequests`. */
export function fastifyRoutes(server: FastifyServer): Route[] {
  const routes = known().get(server.routing as object);
  if (routes) return routes;
  const remedy =
    'call `await app.register(auditRequests, options)`, or rememberRoutes(app), before the routes are defined';
  throw new TypeError(`listRoutes: the routes of this Fastify server are unknown: ${remedy}`);
}
