import 'next/dist/server/node-environment-baseline.js';
import { auditRequests } from '@auditrail/sdk/next'; // +
import { NextRequest } from 'next/server.js';
import { ada, useOrders, type RunAdapter } from './orders.ts';

interface Params {
  params: Promise<{ id: string }>;
}
const session = () => Promise.resolve({ user: ada });

export const run: RunAdapter = async (audit) => {
  const getIdentity = async () => ({ actor: (await session()).user }); // +
  const { route } = auditRequests({ audit, getIdentity, fallback: 'record' }); // +
  const refund = (request: NextRequest, { params }: Params) =>
    params.then(({ id }) => new Response(request.method + id));
  const remove = () => new Response('no', { status: 403 });
  const POST = route(refund); // + export const POST = route(refund);
  const DELETE = route(remove);
  const context = { params: Promise.resolve({ id: '42' }) };
  await useOrders(audit, (path, method) =>
    (method === 'POST' ? POST : DELETE)(new NextRequest(`https://shop.example.com${path}`, { method }), context),
  );
};
