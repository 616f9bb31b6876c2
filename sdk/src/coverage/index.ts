import { routeActivity, type RouteActivity } from '../http/route-activity.ts';

export type { RouteActivity } from '../http/route-activity.ts';
export { FALLBACK_ACTION, MUTATING_METHODS } from '../http/unrecorded.ts';
export { listRoutes, type ExpressRouter, type FastifyServer, type HonoApp } from './list-routes.ts';
export type { Route } from './route.ts';
export { listNextRoutes } from './next-routes.ts';

/**
 * Which routes of this process recorded entries since it started, as seen by the middleware: one row for each method and
 * route that was used to change something. It is a function of the process and not of a logger, because the middleware knows
 * the routes, and a process can have several loggers. For what the trail holds, use `auditrail coverage`.
 *
 * @example
 * const silent = coverage().filter(({ unrecorded }) => unrecorded > 0);
 */
export function coverage(): RouteActivity[] {
  return routeActivity();
}
