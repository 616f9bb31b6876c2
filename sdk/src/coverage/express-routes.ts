import type { Route } from './route.ts';

interface Layer {
  /** The path that a router is mounted at; `router` 2.3 and newer. */
  rawPath?: unknown;
  /** Mounted at `/`. */
  slash?: boolean;
  handle?: unknown;
  route?: { path: unknown; methods: Record<string, boolean> } | undefined;
}

/** An Express application or router. */
export interface ExpressRouter {
  /** An application's own router. */
  router?: unknown;
  stack?: unknown;
}

const isStack = (value: unknown): value is { stack: Layer[] } =>
  typeof value === 'function' && Array.isArray((value as { stack?: unknown }).stack);

const patternOf = (path: unknown) => [path].flat().map(String).join('|');

function mountOf({ rawPath, slash }: Layer): string {
  if (slash) return '';
  if (rawPath !== undefined) return patternOf(rawPath).replace(/\/$/, '');
  throw new TypeError(
    'listRoutes: Express does not reveal the path of a mounted router: update `router` to 2.3 or newer',
  );
}

function walk(stack: readonly Layer[], prefix: string): Route[] {
  return stack.flatMap((layer) => {
    const { route, handle } = layer;
    if (!route) return isStack(handle) ? walk(handle.stack, prefix + mountOf(layer)) : [];
    const path = patternOf(route.path);
    // As the middleware names it.
    const pattern = path === '/' && prefix ? prefix : prefix + path;
    if (route.methods['_all']) return [{ method: 'ALL', route: pattern }];
    return Object.keys(route.methods).map((method) => ({ method: method.toUpperCase(), route: pattern }));
  });
}

/** The routes of an application and of its mounted routers. A mounted application (`express()` in another) is not listed. */
export function expressRoutes(app: ExpressRouter): Route[] {
  const router = 'router' in app ? app.router : app;
  if (isStack(router)) return walk(router.stack, '');
  throw new TypeError('listRoutes: give an application of Express 5, Fastify 5 or Hono 4');
}
