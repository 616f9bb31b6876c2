import 'next/dist/server/node-environment-baseline.js';
import { NextRequest } from 'next/server.js';
import { withRequest } from '../context/index.ts';
import { memoryAudit } from '../logger/testing.ts';
import { auditRequests, type NextRequestOptions } from './index.ts';

// Real requests of Next.js, and its real store of a request for headers(). docs/adapters.md states what was tested in a built
// application.
interface Store {
  workUnitAsyncStorage: { run<T>(store: object, work: () => T): T };
  workAsyncStorage: { run<T>(store: object, work: () => T): T };
}
const { workUnitAsyncStorage } = jest.requireActual<Store>(
  'next/dist/server/app-render/work-unit-async-storage.external.js',
);
const { workAsyncStorage } = jest.requireActual<Store>('next/dist/server/app-render/work-async-storage.external.js');

const audit = memoryAudit();
const record = () => withRequest(audit).record({ action: 'order.updated', description: 'Order changed' });
const logged: string[] = [];
const log = { warn: () => undefined, error: (message: string) => logged.push(message) };
const headers = {
  'x-forwarded-for': '198.51.100.1, 192.0.2.7',
  'user-agent': 'Browser 1',
  cookie: 'sid=the-cookie',
  'x-user': '7',
};
const getIdentity: NextRequestOptions['getIdentity'] = ({ headers }) =>
  Promise.resolve({
    actor: { type: 'user', id: String(headers.get('x-user')) },
    onBehalfOf: [{ type: 'user', id: '9' }],
  });
const options = { trustProxy: 1, session: 'sid', getIdentity, log } as const;

beforeEach(() => {
  audit.entries.length = 0;
  logged.length = 0;
});

const post = (path: string) => new NextRequest(`https://shop.example.com${path}`, { method: 'POST', headers });

test('a route handler: actor, address, session, and the route without values', async () => {
  const { route } = auditRequests(options);
  const POST = route(async (request: NextRequest, { params }: { params: Promise<{ id: string; path: string[] }> }) => {
    await record();
    return Response.json({ id: (await params).id, search: request.nextUrl.search });
  });
  const params = Promise.resolve({ id: 'ada@example.com', path: ['a', 'b'] });
  const response = await POST(post('/people/ada%40example.com/files/a/b?q=1'), { params });
  expect(await response.json()).toEqual({ id: 'ada@example.com', search: '?q=1' });
  expect(audit.entries).toMatchObject([
    {
      actor: { type: 'user', id: '7' },
      onBehalfOf: [{ type: 'user', id: '9' }],
      source: { ip: '192.0.2.7', userAgent: 'Browser 1', sessionId: expect.stringMatching(/^[0-9a-f]{32}$/) },
      request: { method: 'POST', endpoint: '/people/[id]/files/[...path]' },
    },
  ]);
});

type Params = Promise<Record<string, string | string[]>>;
const answer = async ({ method }: NextRequest, { params }: { params: Params }) =>
  Response.json({ method, params: await params });

test.each([
  ['/users/[id]', '/users/users', { id: 'users' }],
  ['/[id]/users', '/users/users', { id: 'users' }],
  ['/[[...path]]', '/a/b', { path: ['a', 'b'] }],
  // Without the store of Next.js, or with that of another handler.
  [undefined, '/users/users', { id: 'users' }, '/users/[id]'],
  ['/pages/[slug]', '/users/users', { id: 'users' }, '/users/[id]'],
])('the route %s with the path %s', async (stored, path, params, expected = stored) => {
  const { route } = auditRequests({ ...options, audit, fallback: 'record' });
  const call = () => route(answer)(post(path), { params: Promise.resolve(params as Awaited<Params>) });
  await (stored === undefined ? call() : workAsyncStorage.run({ route: stored }, call));
  await new Promise((resolve) => setImmediate(resolve));
  expect(audit.entries.map(({ request }) => request?.endpoint)).toEqual([expected]);
});

test('the option basePath is not a part of the route', async () => {
  const { route } = auditRequests({ ...options, audit, fallback: 'record' });
  const request = new NextRequest('https://shop.example.com/base/orders/7', {
    method: 'POST',
    headers,
    nextConfig: { basePath: '/base' },
  });
  await route(answer)(request, { params: Promise.resolve({ id: '7' }) });
  await new Promise((resolve) => setImmediate(resolve));
  expect(audit.entries).toMatchObject([{ request: { endpoint: '/orders/[id]' }, target: { type: 'order', id: '7' } }]);
});

test('without trustProxy there is no address, because any client can send the header', async () => {
  const { route } = auditRequests({ log });
  const GET = route(async () => {
    await record();
    return new Response('ok');
  });
  await GET(post('/orders'), undefined);
  expect(audit.entries[0]?.source).toEqual({ userAgent: 'Browser 1' });
  expect(audit.entries[0]?.actor).toEqual({ type: 'user' });
});

// As Next.js runs a server action.
function asNext<T>(action: () => T): T {
  const work = { route: '/orders', forceStatic: false };
  const request = { type: 'request', phase: 'action', headers: new Headers(headers) };
  return workAsyncStorage.run(work, () => workUnitAsyncStorage.run(request, action));
}

test('a server action has the headers of its request', async () => {
  const { action } = auditRequests(options);
  const refund = action('refundOrder', async (id: string, amount: number) => {
    await record();
    return { id, amount };
  });
  const result = asNext(() => refund('42', 5));
  await expect(result).resolves.toEqual({ id: '42', amount: 5 });
  expect(audit.entries).toMatchObject([
    { actor: { id: '7' }, source: { ip: '192.0.2.7' }, request: { method: 'POST', endpoint: 'refundOrder' } },
  ]);
});

test('onEnd has the status; errors of the handler, such as redirects, pass', async () => {
  const statuses: unknown[] = [];
  const { route } = auditRequests({ ...options, onEnd: ({ request }) => statuses.push(request?.status) });
  const ok = route(() => new Response('made', { status: 201 }));
  expect((await ok(post('/orders'), undefined)).status).toBe(201);
  const redirect = Object.assign(new Error('NEXT_REDIRECT'), { digest: 'NEXT_REDIRECT;replace;/;307;' });
  const failing = route(() => Promise.reject<Response>(redirect));
  await expect(failing(post('/orders'), undefined)).rejects.toBe(redirect);
  expect(statuses).toEqual([201, 307]);
});

test('a getIdentity that fails is logged, and the request continues', async () => {
  const { route } = auditRequests({ ...options, getIdentity: () => Promise.reject(new Error('no session store')) });
  const POST = route(async () => {
    await record();
    return new Response('ok');
  });
  expect((await POST(post('/orders'), undefined)).status).toBe(200);
  expect(audit.entries).toMatchObject([{ actor: { type: 'user' }, source: { ip: '192.0.2.7' } }]);
  expect(logged).toEqual([
    'auditrail: getIdentity failed; entries of this request are recorded without it: Error: no session store',
  ]);
});

test('server actions and redirects that recorded nothing get a generic entry', async () => {
  const { route, action } = auditRequests({ ...options, audit, fallback: 'record' });
  await asNext(action('cancelOrder', () => Promise.resolve('done')));
  const redirect = Object.assign(new Error('NEXT_REDIRECT'), { digest: 'NEXT_REDIRECT;replace;/;307;' });
  await expect(route(() => Promise.reject<Response>(redirect))(post('/orders'), undefined)).rejects.toBe(redirect);
  await expect(route(() => Promise.reject<Response>(new Error('a bug')))(post('/orders'), undefined)).rejects.toThrow();
  const forbidden = Object.assign(new Error('forbidden'), { digest: 'NEXT_HTTP_ERROR_FALLBACK;403' });
  await expect(route(() => Promise.reject<Response>(forbidden))(post('/orders'), undefined)).rejects.toBe(forbidden);
  await new Promise((resolve) => setImmediate(resolve));
  expect(
    audit.entries.map(({ action: name, request, error }) => [name, request?.endpoint, request?.status, error?.code]),
  ).toEqual([
    ['request.completed', 'cancelOrder', 200, undefined],
    ['request.completed', '/orders', 307, undefined],
    ['request.completed', '/orders', 403, 'DENIED'],
  ]);
});
