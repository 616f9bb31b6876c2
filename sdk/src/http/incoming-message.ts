import type { IncomingMessage, ServerResponse } from 'node:http';
import { callOnEnd, requestDescriber, type RequestOptions } from './describe-request.ts';
import type { RequestContext } from '../context/request-context.ts';

/** The part of a Node response that adapters look at; those of HTTP/2's compatibility API have it too. */
export type Answer = Pick<ServerResponse, 'headersSent' | 'statusCode' | 'once'>;

function headerOf(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** For frameworks on Node's own server: makes the function that gives a request its context, and calls `onEnd` at its end. */
export function incomingDescriber<Req>(
  options: RequestOptions<Req>,
): (request: Req, message: IncomingMessage, answer: Answer, route: () => string | undefined) => RequestContext {
  const describe = requestDescriber(options);
  return (request, message, answer, route) => {
    const context = describe(request, {
      method: message.method,
      // Read now: a connection that has ended has no address any more.
      peer: message.socket.remoteAddress,
      header: (name) => headerOf(message, name),
      route,
      status: () => (answer.headersSent ? answer.statusCode : undefined),
    });
    if (options.onEnd) answer.once('close', () => void callOnEnd(options, context));
    return context;
  };
}
