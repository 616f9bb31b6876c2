import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import type { RequestOptions } from './describe-request.ts';
import { incomingDescriber } from './incoming-message.ts';
import { runWithContext } from '../context/request-context.ts';

export type { RequestOptions } from './describe-request.ts';

/**
 * Fastify 5 plugin that gives every request its context, in hooks, handlers and error handlers; register it first. Proxies
 * are those of its own `trustProxy`, not of Fastify's.
 *
 * @throws TypeError (Fastify's `ready()` rejects with it) where an option is wrong
 * @example
 * await app.register(auditRequests, { trustProxy: 1, getActor: (request) => request.user });
 */
export const auditRequests: FastifyPluginCallback<RequestOptions<FastifyRequest>> = (server, options, done) => {
  const describe = incomingDescriber(options);
  server.addHook('onRequest', (request, reply, next) => {
    runWithContext(
      describe(request, request.raw, reply.raw, () => request.routeOptions.url),
      next,
    );
  });
  done();
};

// For the whole server and not only for what is registered inside of it: what the package fastify-plugin does.
Object.assign(auditRequests, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@auditrail/sdk/fastify',
});
