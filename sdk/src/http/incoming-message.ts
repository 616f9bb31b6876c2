import type { IncomingMessage, ServerResponse } from 'node:http';
import { callOnEnd, requestDescriber, type RequestOptions } from './describe-request.ts';
import type { RequestContext } from '../context/request-context.ts';

/** The part of a Node response that adapters use. HTTP/2 responses of Node's compatibility API have it as well. */
export type NodeResponse = Pick<ServerResponse, 'headersSent' | 'statusCode' | 'once'>;

function headerOf(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** For frameworks on Node's HTTP server: returns a function that creates a request's context, and calls `onEnd` at its end. */
export function incomingDescriber<Req>(
  options: RequestOptions<Req>,
): (request: Req, message: IncomingMessage, response: NodeResponse, route: () => string | undefined) => RequestContext {
  const describe = requestDescriber(options);
  return (request, message, response, route) => {
    const context = describe(request, {
      method: message.method,
      // Read early: a closed connection has no address.
      peer: message.socket.remoteAddress,
      header: (name) => headerOf(message, name),
      route,
      status: () => (response.headersSent ? response.statusCode : undefined),
    });
    if (options.onEnd) response.once('close', () => void callOnEnd(options, context));
    return context;
  };
}
