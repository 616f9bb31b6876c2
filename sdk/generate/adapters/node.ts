import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { auditRequests } from '@auditrail/sdk/node'; // +
import { ada, served, useOrders, type RunAdapter } from './orders.ts';

const userOf = ({ authorization }: IncomingHttpHeaders) => (authorization === 'ada' ? { actor: ada } : undefined);

export const run: RunAdapter = async (audit) => {
  const orders = ({ method }: IncomingMessage, response: ServerResponse) =>
    response.writeHead(method === 'DELETE' ? 403 : 200).end();
  const getIdentity = ({ headers }: IncomingMessage) => userOf(headers); // +
  const getRoute = ({ url = '' }: IncomingMessage) => url.replace(/^\/orders\/[^/]+/, '/orders/:id'); // +
  const listener = auditRequests({ audit, getIdentity, getRoute, fallback: 'record' }, orders); // +
  await served(listener, (url) =>
    useOrders(audit, (path, method) => fetch(url + path, { method, headers: { authorization: 'ada' } })),
  );
};
