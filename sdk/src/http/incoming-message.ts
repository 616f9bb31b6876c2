import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestAuditor, type AuditedRequest, type RequestOptions } from './describe-request.ts';

/** The part of a Node response that adapters use. HTTP/2 responses of Node's compatibility API have it as well. */
export type NodeResponse = Pick<ServerResponse, 'headersSent' | 'statusCode' | 'once'>;

function headerOf(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** For frameworks on Node's HTTP server: returns a function that gives a request its context, and watches its end. */
export function incomingAuditor<Req>(
  options: RequestOptions<Req>,
): (request: Req, message: IncomingMessage, response: NodeResponse, route: () => string | undefined) => AuditedRequest {
  const audited = requestAuditor(options);
  return (request, message, response, route) => {
    const each = audited(request, {
      method: message.method,
      // Express changes `url` while it routes.
      path: (message as { originalUrl?: string }).originalUrl ?? message.url,
      // Read early: a closed connection has no address.
      peer: message.socket.remoteAddress,
      header: (name) => headerOf(message, name),
      route,
      status: () => (response.headersSent ? response.statusCode : undefined),
    });
    const { end } = each;
    if (end) response.once('close', () => void end());
    return each;
  };
}
