import { MUTATING_METHODS } from '../http/unrecorded.ts';
import { expressRoutes, type ExpressRouter } from './express-routes.ts';
import { fastifyRoutes, type FastifyServer } from './fastify-routes.ts';
import { honoRoutes, type HonoApp } from './hono-routes.ts';

import type { Route } from './route.ts';

export type { ExpressRouter, FastifyServer, HonoApp };

const LISTED = new Set<string>([...MUTATING_METHODS, 'ALL']);

function routesOf(app: ExpressRouter | FastifyServer | HonoApp): Route[] {
  if ('fetch' in app) return honoRoutes(app);
  if ('routing' in app) return fastifyRoutes(app);
  return expressRoutes(app);
}

/**
 * The routes of an Express 5, Fastify 5 or Hono application that change something (POST, PUT, PATCH, DELETE), for
 * `auditrail coverage --routes`. Call it after all routes are defined. Fastify: {@link auditRequests} must be registered
 * before the routes, with `await`. NestJS: pass `app.getHttpAdapter().getInstance()`.
 *
 * @throws TypeError if the application does not reveal its routes; the message states the remedy
 * @example
 * writeFileSync('routes.json', JSON.stringify(listRoutes(app)));
 */
export function listRoutes(app: ExpressRouter | FastifyServer | HonoApp): Route[] {
  const distinct = new Map<string, Route>();
  for (const { method, route } of routesOf(app)) {
    if (LISTED.has(method)) distinct.set(`${method} ${route}`, { method, route });
  }
  return [...distinct.values()];
}
