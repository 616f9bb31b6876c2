import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { auditRequests as expressRequests } from '../http/express.ts';
import { auditRequests as fastifyRequests } from '../http/fastify.ts';
import { auditRequests as honoRequests } from '../http/hono.ts';
import { forgetRouteActivity } from '../http/route-activity.ts';
import { coverage, listRoutes } from './index.ts';

const text = (routes: ReturnType<typeof listRoutes>) => routes.map(({ method, route }) => `${method} ${route}`).sort();

test('Express: routes of mounted routers, with every path of a list', () => {
  const app = express();
  app.use(expressRequests());
  app.get('/orders', () => undefined);
  app.post('/orders', () => undefined);
  app
    .route('/orders/:id')
    .put(() => undefined)
    .delete(() => undefined);
  const items = express.Router();
  items.post('/', () => undefined);
  items.patch(['/a/:id', '/b/:id'], () => undefined);
  const nested = express.Router();
  nested.use('/items/', items);
  app.use('/shops/:shop', nested);
  const root = express.Router();
  root.all('/anything', () => undefined);
  app.use(root);
  expect(text(listRoutes(app))).toEqual([
    'ALL /anything',
    'DELETE /orders/:id',
    'PATCH /shops/:shop/items/a/:id|/b/:id',
    'POST /orders',
    'POST /shops/:shop/items',
    'PUT /orders/:id',
  ]);
  expect(text(listRoutes(items))).toEqual(['PATCH /a/:id|/b/:id', 'POST /']);
});

test('Express: a router that does not reveal its path is refused', () => {
  const app = express();
  const router = express.Router();
  router.post('/orders', () => undefined);
  app.use('/shop', router);
  for (const layer of (app.router as unknown as { stack: { rawPath?: unknown }[] }).stack) delete layer.rawPath;
  expect(() => listRoutes(app)).toThrow('update `router`');
});

test('Fastify: routes of encapsulated plugins, with their prefix', async () => {
  const app = fastify();
  await app.register(fastifyRequests);
  app.post('/orders', () => 'ok');
  app.get('/orders', () => 'ok');
  app.route({ method: ['PUT', 'PATCH'], url: '/orders/:id', handler: () => 'ok' });
  app.register(
    (inner, _options, done) => {
      inner.delete('/items/:item', () => 'ok');
      done();
    },
    { prefix: '/shops/:shop' },
  );
  await app.ready();
  expect(text(listRoutes(app))).toEqual([
    'DELETE /shops/:shop/items/:item',
    'PATCH /orders/:id',
    'POST /orders',
    'PUT /orders/:id',
  ]);
  await app.close();
  expect(() => listRoutes(fastify())).toThrow('app.register(auditRequests');
});

test('Hono: routes of mounted applications, without middleware', () => {
  const app = new Hono();
  app.use(honoRequests());
  app.use('/admin', async (_c, next) => next());
  app.post('/orders', (c) => c.text('ok'));
  app.get('/orders', (c) => c.text('ok'));
  app.all('/anything/:id', (c) => c.text('ok'));
  const inner = new Hono();
  inner.onError((_error, c) => c.text('no'));
  inner.put('/items/:item', (c) => c.text('ok'));
  inner.all('/rest/*', (c) => c.text('ok'));
  app.route('/shops/:shop', inner);
  expect(text(listRoutes(app))).toEqual([
    'ALL /anything/:id',
    'ALL /shops/:shop/rest/*',
    'POST /orders',
    'PUT /shops/:shop/items/:item',
  ]);
});

test('coverage() names the routes of this process that recorded nothing', async () => {
  forgetRouteActivity();
  const app = new Hono();
  app.use(honoRequests({ log: { warn: () => undefined, error: () => undefined } }));
  app.post('/orders/:id', (c) => c.text('ok'));
  expect(coverage()).toEqual([]);
  await app.request('/orders/1', { method: 'POST' });
  await new Promise((resolve) => setImmediate(resolve));
  const [row] = coverage();
  expect(row).toMatchObject({ method: 'POST', route: '/orders/:id', requests: 1, unrecorded: 1 });
  expect(row?.lastUnrecorded).toBe(row?.last);
  expect(row).not.toHaveProperty('lastRecorded');
});

test('anything else is refused', () => {
  expect(() => listRoutes({})).toThrow(TypeError);
});
