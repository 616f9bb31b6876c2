import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import type { RequestOptions } from './describe-request.ts';
import { incomingDescriber } from './incoming-message.ts';
import { runWithContext, type RequestContext } from './request-context.ts';

export type { RequestOptions } from './describe-request.ts';

/**
 * Fastify 5 plugin that gives every request its context, in hooks, handlers and error handlers; register it first. Proxies
 * are those of its own `trustProxy`, not of Fastify's. An error while the body is read is handled outside of the context.
 *
 * @throws TypeError (Fastify's `ready()` rejects with it) where an option is wrong
 * @example
 * await app.register(auditRequests, { trustProxy: 1, getActor: (request) => request.user });
 */
export const auditRequests: FastifyPluginCallback<RequestOptions<FastifyRequest>> = (server, options, done) => {
  const describe = incomingDescriber(options);
  const contexts = new WeakMap<FastifyRequest, RequestContext>();
  server.addHook('onRequest', (request, reply, next) => {
    const context = describe(request, request.raw, reply.raw, () => request.routeOptions.url);
    contexts.set(request, context);
    runWithContext(context, next);
  });
  // Reading the body goes through the connection's events, which know no context.
  server.addHook('preValidation', (request, _reply, next) => {
    const context = contexts.get(request);
    if (context) runWithContext(context, next);
    else next();
  });
  done();
};

// For the whole server and not only for what is registered inside of it: what the package fastify-plugin does.
Object.assign(auditRequests, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@auditrail/sdk/fastify',
});
