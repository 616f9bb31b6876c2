import type { Route } from './list-routes.ts';

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

/** Remembers the routes that a server defines from now on. Fastify itself lists them as text only. */
export function rememberRoutes(server: FastifyServer & RouteHook): void {
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
  const remedy = 'call `await app.register(auditRequests, options)` before the routes are defined';
  throw new TypeError(`listRoutes: the routes of this Fastify server are unknown: ${remedy}`);
}
