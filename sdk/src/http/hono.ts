import type { Context, MiddlewareHandler } from 'hono';
import { callOnEnd, requestDescriber, type RequestOptions } from './describe-request.ts';
import { runWithContext } from '../context/request-context.ts';

export type { RequestOptions } from './describe-request.ts';

export interface HonoRequestOptions extends RequestOptions<Context> {
  /** Address of the connection's other end. Default that of `@hono/node-server`. */
  getPeer?: ((context: Context) => string | undefined) | undefined;
}

function nodePeer(context: Context): string | undefined {
  const { incoming } = (context.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  return incoming?.socket?.remoteAddress;
}

// Middleware matches too, under patterns such as `/*`, and is no route. Asked of the request itself: `hono/route` reads that
// of its own build alone, and an app may have loaded the other one, by require().
function routeOf({ req }: Context): string | undefined {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- see above
  return req.matchedRoutes.findLast(({ method, path }) => method !== 'ALL' || !path.endsWith('*'))?.path;
}

/**
 * Hono 4 middleware that gives every request its context; use it first. The status is known, and `onEnd` is called, once
 * Hono has an answer, which need not be sent yet.
 *
 * @throws TypeError where an option is wrong
 * @example
 * app.use(auditRequests({ trustProxy: ['loopback'], getActor: (c) => c.get('user') }));
 */
export function auditRequests(options: HonoRequestOptions = {}): MiddlewareHandler {
  const { getPeer = nodePeer } = options;
  const describe = requestDescriber<Context>(options);
  return async (c, next) => {
    let ended = false;
    const context = describe(c, {
      method: c.req.method,
      peer: getPeer(c),
      header: (name) => c.req.header(name),
      route: () => routeOf(c),
      status: () => (ended ? c.res.status : undefined),
    });
    await runWithContext(context, next);
    ended = true;
    void callOnEnd(options, context);
  };
}
