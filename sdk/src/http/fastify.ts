import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import type { RequestOptions } from './describe-request.ts';
import { incomingDescriber } from './incoming-message.ts';
import { runWithContext } from '../context/request-context.ts';

export type { RequestOptions } from './describe-request.ts';

/**
 * Fastify 5 plugin that gives each request a context, in hooks, handlers and error handlers. Register it first. Trusted
 * proxies are set by its own `trustProxy` option; the `trustProxy` of Fastify has no effect.
 *
 * @throws TypeError if an option is invalid; the server's `ready()` rejects with it
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

// Applies the hooks to the whole server instead of the plugin's own scope, as the package fastify-plugin does.
Object.assign(auditRequests, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@auditrail/sdk/fastify',
});
