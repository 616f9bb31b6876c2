import { withRequest, type Recorder } from '../context/with-request.ts';
import { oneLine, type OperatorLog } from '../log.ts';
import { deniedFields, isDenied } from '../record/denial.ts';
import { countRequest } from './route-activity.ts';
import { routeTarget } from './route-target.ts';

/** Options about requests that change something and record nothing. */
export interface UnrecordedOptions {
  /**
   * Requests with POST, PUT, PATCH or DELETE that end with 2xx or 3xx, or without a response, and record no entry are counted in
   * `audit.requests.unrecorded`, and logged once for each method and route. `ignore` exempts routes, by pattern or by method
   * and pattern: `['/search', 'POST /reports/:id/preview']`. `false`: nothing is counted.
   */
  unrecorded?: { ignore?: readonly string[] | undefined } | false | undefined;
  /**
   * `'record'`: such a request also gets a generic entry `request.completed`, with actor, method, route, status, and the
   * target from the route's parameters. If it was denied (403), the entry is the one of `audit.denied()`. Needs `audit`. The
   * entry is recorded after the response: a failure is logged.
   */
  fallback?: 'record' | undefined;
  /** The logger for `fallback`. */
  audit?: Recorder | undefined;
}

/** A request that has ended. */
export interface EndedRequest {
  method: string | undefined;
  status: number | undefined;
  /** The path of its address. */
  path: string | undefined;
  /** The number of entries that it recorded. */
  entries: number;
}

/** The action of the generic entries of `fallback`. */
export const FALLBACK_ACTION = 'request.completed';

/** The methods of requests that change something. */
export const MUTATING_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
const MUTATING = new Set<string>(MUTATING_METHODS);

/** Whether requests of this method change something. */
export const isMutating = (method: string | undefined): boolean => method !== undefined && MUTATING.has(method);

/**
 * Returns a function that checks an ended request, in the request's context; `undefined` if nothing is to be checked. It
 * never rejects.
 *
 * @throws TypeError if an option is invalid
 */
export function unrecordedCheck(
  { unrecorded = {}, fallback, audit }: UnrecordedOptions,
  log: OperatorLog,
): ((ended: EndedRequest, routeOf: () => string | undefined) => Promise<void>) | undefined {
  if (fallback !== undefined && fallback !== 'record') throw new TypeError("fallback: give 'record', or omit it");
  if (fallback && !audit) throw new TypeError("fallback: 'record' needs the option audit, the logger to record with");
  if (fallback && !unrecorded) throw new TypeError("fallback: 'record' does not work with unrecorded: false");
  if (!unrecorded) return undefined;
  const ignored = new Set(unrecorded.ignore);
  return async ({ method = '', status, path, entries }, routeOf) => {
    // A client that closes the connection before the response does not stop the handler.
    const ended = status === undefined ? 'without a response' : `with ${status}`;
    const denied = isDenied(status);
    if (!isMutating(method) || (status !== undefined && (status < 200 || status > 399) && !denied)) return;
    const route = routeOf();
    const name = `${method} ${route ?? '(no route)'}`;
    if (ignored.has(name) || (route !== undefined && ignored.has(route))) return;
    // A denied request changed nothing, so it does not count.
    const isFirst = !denied && countRequest(method, route, entries > 0);
    if (entries > 0) return;
    if (isFirst) {
      const remedy = fallback ? '' : ", set fallback: 'record'";
      log.warn(
        `auditrail: ${oneLine(name)} ended ${ended} and recorded no entry (logged once, counted in audit.requests.unrecorded): record one in its handler${remedy}, or add the route to unrecorded.ignore`,
      );
    }
    if (!fallback || !audit) return;
    const target = route !== undefined && path !== undefined ? routeTarget(route, path) : undefined;
    try {
      await withRequest(audit).record({
        action: FALLBACK_ACTION,
        channel: 'requests',
        description: `${name} ended ${ended}; the application recorded no entry of its own`,
        ...(target && { target }),
        ...(denied && deniedFields()),
      });
    } catch (error) {
      log.error(`auditrail: the generic entry of ${oneLine(name)} was not recorded: ${oneLine(String(error))}`);
    }
  };
}
