import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { RequestOptions } from './describe-request.ts';
import { incomingDescriber } from './incoming-message.ts';
import { runWithContext } from '../context/request-context.ts';

export type { RequestOptions } from './describe-request.ts';

/**
 * Gives the requests of a plain `node:http` server their context. There are no routes here: say the pattern with `getRoute`.
 * In listeners of the request's own events (`request.on('data', …)`) the context is lost, as with everything on
 * AsyncLocalStorage; `for await (const chunk of request)` keeps it.
 *
 * @throws TypeError where an option is wrong
 * @example
 * createServer(auditRequests({ trustProxy: ['loopback'] }, async (request, response) => {
 *   await audit.record({ action: 'report.read', description: 'Report opened' });
 *   response.end('…');
 * })).listen(8080);
 */
export function auditRequests(
  options: RequestOptions<IncomingMessage>,
  // A listener may be async; what it rejects with is its own affair, as without this.
  listener: (request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }) => unknown,
): RequestListener {
  const describe = incomingDescriber(options);
  return (request, response) => {
    const context = describe(request, request, response, () => undefined);
    return runWithContext(context, () => listener(request, response)) as void;
  };
}
