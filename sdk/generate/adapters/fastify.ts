import { auditRequests } from '@auditrail/sdk/fastify'; // +
import fastify, { type FastifyRequest } from 'fastify';
import { ada, useOrders, type RunAdapter } from './orders.ts';

type SignedIn = FastifyRequest & { user?: typeof ada };

export const run: RunAdapter = async (audit) => {
  const app = fastify();
  const getIdentity = ({ user }: SignedIn) => user && { actor: user }; // +
  await app.register(auditRequests, { audit, getIdentity, fallback: 'record' }); // +
  app.addHook('onRequest', async (request: SignedIn) => {
    request.user = await Promise.resolve(ada);
  });
  app.post('/orders/:id/refund', () => 'ok');
  app.delete('/orders/:id', (_request, reply) => reply.code(403).send('no'));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  await useOrders(audit, (path, method) => fetch(url + path, { method }));
  await app.close();
};
