import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestOptions } from './describe-request.ts';
import { expressRoute, watchParams } from './express-route.ts';
import { incomingAuditor } from './incoming-message.ts';

export type { RequestOptions } from './describe-request.ts';

/**
 * Express 5 middleware that gives each request a context. Register it before the routes, and after body parsers that use
 * the request's events. Trusted proxies are set by its own `trustProxy` option; the Express setting `trust proxy` has no
 * effect.
 *
 * @throws TypeError if an option is invalid
 * @example
 * app.use(auditRequests({ trustProxy: ['10.0.0.0/8'], session: 'sid', getIdentity: (req: Request) => req.user && { actor: req.user } }));
 */
export function auditRequests<Req extends IncomingMessage = IncomingMessage>(
  options: RequestOptions<Req> = {},
): (request: Req, response: ServerResponse, next: (error?: unknown) => void) => void {
  const audited = incomingAuditor(options);
  return (request, response, next) => {
    watchParams(request);
    audited(request, request, response, () => expressRoute(request)).run(() => next());
  };
}
