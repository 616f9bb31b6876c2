import type { Route } from './route.ts';

type Handler = ((...args: never[]) => unknown) & { __COMPOSED_HANDLER?: Handler };

/** A Hono application. */
export interface HonoApp {
  fetch: unknown;
  routes: readonly { method: string; path: string; handler: unknown }[];
}

// Hono lists middleware as routes too: a handler takes the context only. As in Hono's own `inspectRoutes()`.
function isMiddleware(handler: unknown): boolean {
  let inner = handler as Handler;
  while (inner.__COMPOSED_HANDLER) inner = inner.__COMPOSED_HANDLER;
  return inner.length > 1;
}

/** The routes of an application and of those that it contains. */
export function honoRoutes(app: HonoApp): Route[] {
  return app.routes
    .filter(({ method, handler }) => method !== 'ALL' || !isMiddleware(handler))
    .map(({ method, path }) => ({ method, route: path }));
}
