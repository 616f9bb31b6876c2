import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import type { RequestOptions } from './describe-request.ts';
import { rememberRoutes } from '../coverage/fastify-routes.ts';
import { incomingAuditor } from './incoming-message.ts';

export type { RequestOptions } from './describe-request.ts';
export { rememberRoutes } from '../coverage/fastify-routes.ts';

/**
 * Fastify 5 plugin that gives each request a context, in hooks, handlers and error handlers. Register it first. Trusted
 * proxies are set by its own `trustProxy` option; the `trustProxy` of Fastify has no effect.
 *
 * @throws TypeError if an option is invalid; the server's `ready()` rejects with it
 * @example
 * await app.register(auditRequests, { trustProxy: 1, getIdentity: ({ user }) => user && { actor: user } });
 */
export const auditRequests: FastifyPluginCallback<RequestOptions<FastifyRequest>> = (server, options, done) => {
  const audited = incomingAuditor(options);
  rememberRoutes(server);
  server.addHook('onRequest', (request, reply, next) => {
    audited(request, request.raw, reply.raw, () => request.routeOptions.url).run(next);
  });
  done();
};

// Applies the hooks to the whole server instead of the plugin's own scope, as the package fastify-plugin does.
Object.assign(auditRequests, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@auditrail/sdk/fastify',
});
