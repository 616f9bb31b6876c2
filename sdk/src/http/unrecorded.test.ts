import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { markRecorded, runWithContext } from '../context/request-context.ts';
import { withRequest } from '../context/with-request.ts';
import { createAuditLogger } from '../logger/audit-logger.ts';
import { memoryAudit, type MemoryAudit } from '../logger/testing.ts';
import { runJob } from '../record/jobs.ts';
import { outboxEntry } from '../record/outbox.ts';
import type { RequestOptions } from './describe-request.ts';
import { auditRequests as expressRequests } from './express.ts';
import { auditRequests as fastifyRequests } from './fastify.ts';
import { auditRequests as honoRequests } from './hono.ts';
import { auditRequests as nodeRequests } from './node.ts';
import { forgetRouteActivity, routeActivity } from './route-activity.ts';

type Options = Omit<RequestOptions<unknown>, 'getIdentity' | 'getRequestId' | 'getRoute' | 'session'>;
interface App {
  listener: RequestListener;
  close?: () => Promise<unknown>;
}
// Each app answers every method at /shops/:shop/orders/:id and /search, with the status in the header.
type MakeApp = (options: Options, work: () => unknown) => App | Promise<App>;
const ORDER = '/shops/:shop/orders/:id';
const user = { type: 'user', id: '7' } as const;

const apps: Record<string, MakeApp> = {
  express: (options, work) => {
    const app = express();
    app.use(expressRequests({ ...options, getIdentity: () => ({ actor: user }) }));
    const orders = express.Router();
    orders.all('/orders/:id', async (req, res) => {
      await work();
      res.status(Number(req.get('x-status') ?? 200)).send('ok');
    });
    app.use('/shops/:shop', orders);
    app.all('/search', (_req, res) => void res.send('ok'));
    return { listener: app as unknown as RequestListener };
  },
  fastify: async (options, work) => {
    const app = fastify();
    await app.register(fastifyRequests, { ...options, getIdentity: () => ({ actor: user }) });
    app.all(ORDER, async (request, reply) => {
      await work();
      return reply.code(Number(request.headers['x-status'] ?? 200)).send('ok');
    });
    app.all('/search', () => 'ok');
    await app.ready();
    return { listener: (request, response) => app.routing(request, response), close: () => app.close() };
  },
  hono: (options, work) => {
    const app = new Hono();
    app.use(honoRequests({ ...options, getIdentity: () => ({ actor: user }) }));
    app.all(ORDER, async (c) => {
      await work();
      return c.text('ok', Number(c.req.header('x-status') ?? 200) as 200);
    });
    app.all('/search', (c) => c.text('ok'));
    const listener = getRequestListener(app.fetch);
    return { listener: (request, response) => void listener(request, response) };
  },
  node: (options, work) => {
    const getRoute = ({ url = '' }: IncomingMessage) => (url.startsWith('/search') ? '/search' : ORDER);
    const listener = nodeRequests(
      { ...options, getIdentity: () => ({ actor: user }), getRoute },
      async (request, response) => {
        if (!request.url?.startsWith('/search')) await work();
        response.writeHead(Number(request.headers['x-status'] ?? 200)).end('ok');
      },
    );
    return { listener };
  },
};

describe.each(Object.keys(apps))('%s', (name) => {
  let audit: MemoryAudit;
  let server: Server;
  let close: App['close'];
  let url: string;
  let ended: number;
  const logged: string[] = [];
  const log = { warn: (text: string) => logged.push(text), error: (text: string) => logged.push(text) };

  async function start(options: Partial<Options>, work: () => unknown = () => undefined): Promise<void> {
    audit = memoryAudit();
    ended = 0;
    logged.length = 0;
    forgetRouteActivity();
    const make = apps[name] as MakeApp;
    const app = await make({ log, onEnd: () => (ended += 1), ...options }, work);
    close = app.close;
    server = createServer(app.listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await close?.();
  });

  async function send(method: string, path = '/shops/eu/orders/42?q=1', status = 200): Promise<void> {
    const before = ended;
    const response = await fetch(url + path, { method, headers: { 'x-status': String(status) }, redirect: 'manual' });
    await response.text();
    for (const deadline = Date.now() + 5_000; ended === before && Date.now() < deadline;) await sleep(2);
    // What follows onEnd.
    await nextTurn();
  }

  test('counts requests that change something, succeed and record nothing, and logs each route once', async () => {
    await start({});
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'POST']) await send(method);
    await send('POST', undefined, 303);
    for (const [method, status] of [
      ['GET', 200],
      ['POST', 400],
      ['POST', 500],
    ] as const) {
      await send(method, undefined, status);
    }
    const counts = routeActivity().map(({ method, route, requests, unrecorded }) => ({
      method,
      route,
      requests,
      unrecorded,
    }));
    const once = { route: ORDER, requests: 1, unrecorded: 1 };
    expect(counts).toEqual([
      { method: 'POST', route: ORDER, requests: 3, unrecorded: 3 },
      { method: 'PUT', ...once },
      { method: 'PATCH', ...once },
      { method: 'DELETE', ...once },
    ]);
    expect(logged).toHaveLength(4);
    expect(logged[0]).toContain(`POST ${ORDER} ended with 200 and recorded no entry`);
    expect(logged[0]).toContain("fallback: 'record'");
  });

  test.each<[string, () => unknown]>([
    ['record() of a logger without withRequest', () => audit.record({ action: 'a.b', description: '', actor: user })],
    ['as() and denied()', () => audit.as(user).denied({ action: 'a.b', description: '' })],
    ['a job', () => runJob(audit, { name: 'import' }, () => undefined)],
    [
      'a context within the request',
      () => runWithContext({ actor: user }, () => withRequest(audit).record({ action: 'a.b', description: '' })),
    ],
    ['outboxEntry()', () => outboxEntry({ action: 'a.b', description: '' })],
    ['markRecorded()', () => markRecorded()],
  ])('%s counts as recorded', async (_what, work) => {
    await start({ audit: memoryAudit(), fallback: 'record' }, work);
    await send('POST');
    expect(routeActivity()).toMatchObject([{ method: 'POST', route: ORDER, requests: 1, unrecorded: 0 }]);
    expect(routeActivity()[0]?.lastRecorded).toBeDefined();
    expect(logged).toEqual([]);
  });

  test('an entry that was not stored does not count', async () => {
    await start({}, async () => {
      await expect(audit.record({ action: 'not an action', description: '', actor: user })).rejects.toThrow();
    });
    await send('POST');
    expect(routeActivity()).toMatchObject([{ unrecorded: 1 }]);
  });

  test("fallback: 'record' writes a generic entry with actor, method, route, status and target", async () => {
    const trail = memoryAudit();
    await start({ audit: trail, fallback: 'record' });
    await send('DELETE', undefined, 204);
    await send('GET');
    expect(trail.entries).toMatchObject([
      {
        action: 'request.completed',
        channel: 'requests',
        actor: user,
        request: { method: 'DELETE', endpoint: ORDER, status: 204 },
        target: { type: 'order', id: '42' },
        source: { ip: '127.0.0.1' },
      },
    ]);
    trail.fail = new Error('the disk is full');
    await send('DELETE');
    expect(logged.at(-1)).toMatch(/generic entry of DELETE .* was not recorded: .*the disk is full/);
    expect(routeActivity()).toMatchObject([{ requests: 2, unrecorded: 2 }]);
  });

  test("fallback: 'record' writes a denied request as a denial, and counts it as nothing", async () => {
    const trail = memoryAudit();
    await start({ audit: trail, fallback: 'record' });
    for (const status of [403, 401, 404]) await send('DELETE', undefined, status);
    expect(trail.entries).toMatchObject([
      {
        action: 'request.completed',
        event: 'denied',
        outcome: 'failure',
        error: { code: 'DENIED', message: 'permission denied' },
        actor: user,
        request: { method: 'DELETE', endpoint: ORDER, status: 403 },
        target: { type: 'order', id: '42' },
      },
    ]);
    expect([routeActivity(), logged]).toEqual([[], []]);
  });

  test('exempts routes, and can be switched off', async () => {
    await start({ unrecorded: { ignore: ['/search', `POST ${ORDER}`] } });
    await send('POST', '/search');
    await send('POST');
    await send('PUT');
    expect(routeActivity().map(({ method }) => method)).toEqual(['PUT']);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await close?.();
    await start({ unrecorded: false });
    await send('POST');
    expect(routeActivity()).toEqual([]);
  });
});

test('an application that is mounted in another one: its entries count for both', async () => {
  forgetRouteActivity();
  const audit = memoryAudit();
  const inner = new Hono();
  inner.use(honoRequests({ log: console }));
  inner.post('/orders', async (c) => {
    await audit.record({ action: 'order.created', description: '', actor: user });
    return c.text('ok');
  });
  const outer = new Hono();
  outer.use(honoRequests());
  outer.post('/gateway', async (c) => c.text(await (await inner.request('/orders', { method: 'POST' })).text()));
  await outer.request('/gateway', { method: 'POST' });
  await nextTurn();
  expect(routeActivity()).toMatchObject([
    { route: '/orders', unrecorded: 0 },
    { route: '/gateway', unrecorded: 0 },
  ]);
});

test('a logger on disk: what is stored counts, without waiting too; what is refused does not', async () => {
  forgetRouteActivity();
  const spool = mkdtempSync(join(tmpdir(), 'unrecorded-'));
  const log = { warn: () => undefined, error: () => undefined };
  const audit = createAuditLogger({ service: 'shop', spool, endpoint: 'http://127.0.0.1:9', readBack: false, log });
  const entry = { action: 'order.created', description: '', actor: user };
  const app = new Hono();
  app.use(honoRequests({ log }));
  app.post('/stored', async (c) => c.json(await audit.record(entry)));
  app.post('/not-awaited', (c) => {
    void audit.record(entry);
    return c.text('ok');
  });
  app.post('/wait-none', async (c) => c.json(await audit.record(entry, { wait: 'none' })));
  app.post('/late', async (c) => {
    const late = audit.record(entry, { wait: 'delivered', deliveryTimeoutMs: 1 });
    await expect(late).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
    return c.text('ok');
  });
  app.post('/refused', async (c) => {
    await audit.record({ ...entry, action: 'not an action' }, { onFailure: 'report' });
    return c.text('ok');
  });
  const paths = ['/stored', '/not-awaited', '/wait-none', '/late', '/refused'];
  for (const path of paths) expect((await app.request(path, { method: 'POST' })).status).toBe(200);
  await nextTurn();
  expect(routeActivity().map(({ route, unrecorded }) => [route, unrecorded])).toEqual(
    paths.map((path) => [path, path === '/refused' ? 1 : 0]),
  );
  await audit.shutdown({ timeoutMs: 1 });
  rmSync(spool, { recursive: true });
});

test('audit.requests.unrecorded has method and route', async () => {
  forgetRouteActivity();
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  metrics.setGlobalMeterProvider(provider);
  const app = new Hono();
  app.use(honoRequests({ log: { warn: () => undefined, error: () => undefined } }));
  app.post('/carts/:id', (c) => c.text('ok'));
  await app.request('/carts/1', { method: 'POST' });
  await app.request('/carts/2', { method: 'POST' });
  await nextTurn();
  await provider.forceFlush();
  const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const found = all.find(({ descriptor }) => descriptor.name === 'audit.requests.unrecorded');
  expect(found?.dataPoints.map(({ value, attributes }) => ({ value, attributes }))).toEqual([
    { value: 2, attributes: { 'http.request.method': 'POST', 'http.route': '/carts/:id' } },
  ]);
  metrics.disable();
  await provider.shutdown();
});

test('options that cannot work are refused at start', () => {
  expect(() => honoRequests({ fallback: 'record' })).toThrow('needs the option audit');
  expect(() => honoRequests({ fallback: 'record', audit: memoryAudit(), unrecorded: false })).toThrow(
    'unrecorded: false',
  );
  expect(() => honoRequests({ fallback: 'all' as 'record', audit: memoryAudit() })).toThrow("give 'record'");
});
