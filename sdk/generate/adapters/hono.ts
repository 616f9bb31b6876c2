import { auditRequests } from '@auditrail/sdk/hono'; // +
import { Hono, type Context } from 'hono';
import { ada, useOrders, type RunAdapter } from './orders.ts';

interface SignedIn {
  Variables: { user?: typeof ada };
}

export const run: RunAdapter = async (audit) => {
  const app = new Hono<SignedIn>();
  const getIdentity = ({ var: { user } }: Context<SignedIn>) => user && { actor: user }; // +
  app.use(auditRequests({ audit, getIdentity, fallback: 'record' })); // +
  app.use(async (c, next) => {
    c.set('user', ada);
    await next();
  });
  app.post('/orders/:id/refund', (c) => c.text('ok'));
  app.delete('/orders/:id', (c) => c.text('no', 403));
  await useOrders(audit, (path, method) => app.request(path, { method }));
};
