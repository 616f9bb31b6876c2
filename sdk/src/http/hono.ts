import type { Context, MiddlewareHandler } from 'hono';
import { requestAuditor, type RequestOptions } from './describe-request.ts';

export type { RequestOptions } from './describe-request.ts';

export interface HonoRequestOptions extends RequestOptions<Context> {
  /** The peer address of the connection. Default: the one that `@hono/node-server` provides. */
  getPeer?: ((context: Context) => string | undefined) | undefined;
}

function nodePeer(context: Context): string | undefined {
  const { incoming } = (context.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  return incoming?.socket?.remoteAddress;
}

// Skips middleware, which matches patterns such as `/*`. Uses the deprecated property because `hono/route` only works if the
// app loaded the same build (ES module or CommonJS) of Hono.
function routeOf({ req }: Context): string | undefined {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- see above
  return req.matchedRoutes.findLast(({ method, path }) => method !== 'ALL' || !path.endsWith('*'))?.path;
}

/**
 * Hono 4 middleware that gives each request a context. Register it first. The status is known, and `onEnd` runs, when Hono
 * has a response, which may not be sent yet.
 *
 * @throws TypeError if an option is invalid
 * @example
 * app.use(auditRequests({ trustProxy: ['loopback'], getIdentity: (c) => ({ actor: c.get('user') }) }));
 */
export function auditRequests(options: HonoRequestOptions = {}): MiddlewareHandler {
  const { getPeer = nodePeer } = options;
  const audited = requestAuditor<Context>(options);
  return async (c, next) => {
    let ended = false;
    const { run, end } = audited(c, {
      method: c.req.method,
      path: c.req.path,
      peer: getPeer(c),
      header: (name) => c.req.header(name),
      route: () => routeOf(c),
      status: () => (ended ? c.res.status : undefined),
    });
    await run(next);
    ended = true;
    void end?.();
  };
}
