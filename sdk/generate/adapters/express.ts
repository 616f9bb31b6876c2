import { auditRequests } from '@auditrail/sdk/express'; // +
import express, { type Request } from 'express';
import { ada, served, useOrders, type RunAdapter } from './orders.ts';

type SignedIn = Request & { user?: typeof ada };

export const run: RunAdapter = async (audit) => {
  const app = express();
  app.use((req: SignedIn, _res, next) => {
    req.user = ada;
    next();
  });
  const getIdentity = ({ user }: SignedIn) => user && { actor: user }; // +
  app.use(auditRequests({ audit, getIdentity, fallback: 'record' })); // +
  app.post('/orders/:id/refund', (_req, res) => void res.send('ok'));
  app.delete('/orders/:id', (_req, res) => void res.sendStatus(403));
  await served(app, (url) => useOrders(audit, (path, method) => fetch(url + path, { method })));
};
