import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { RequestOptions } from './describe-request.ts';
import { incomingAuditor } from './incoming-message.ts';

export type { RequestOptions } from './describe-request.ts';

/**
 * Gives each request of a `node:http` server a context. Node has no routes: set `getRoute` to record the route's pattern.
 * Listeners of the request's events (`request.on('data', …)`) run outside the context, as with any `AsyncLocalStorage`;
 * `for await (const chunk of request)` keeps it.
 *
 * @throws TypeError if an option is invalid
 * @example
 * createServer(auditRequests({ trustProxy: ['loopback'] }, async (request, response) => {
 *   await audit.record({ action: 'report.read', description: 'Report opened' });
 *   response.end('…');
 * })).listen(8080);
 */
export function auditRequests(
  options: RequestOptions<IncomingMessage>,
  // May be async. A rejection is left unhandled, as it is without this wrapper.
  listener: (request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }) => unknown,
): RequestListener {
  const audited = incomingAuditor(options);
  return (request, response) => {
    const { run } = audited(request, request, response, () => undefined);
    return run(() => listener(request, response)) as void;
  };
}
