import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  Module,
  Param,
  Post,
  Sse,
  UnauthorizedException,
  UseGuards,
  type INestApplication,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { of } from 'rxjs';
import { withRequest } from '../context/index.ts';
import { auditRequests } from '../http/express.ts';
import { memoryAudit } from '../logger/testing.ts';
import { Audit, AuditInterceptor } from './index.ts';

// A real Nest application on Express. Its decorators are called, because the TypeScript of this repository has none.
const audit = memoryAudit();
const logged: string[] = [];
const log = { warn: () => undefined, error: (message: string) => logged.push(message) };
let app: INestApplication;
let url: string;

class OrdersController {
  refund(id: string, { amount }: { amount: number }) {
    return { id, amount };
  }
  cancel() {
    throw new ForbiddenException('only the owner may cancel an order');
  }
  ship() {
    throw new UnauthorizedException('sign in first');
  }
  guarded() {
    return 'ok';
  }
  async read(id: string) {
    await withRequest(audit).record({ action: 'order.read', description: `Order ${id} read` });
    return 'ok';
  }
  fields() {
    return 'ok';
  }
  events() {
    return of({ data: 1 }, { data: 2 });
  }
}
const { prototype } = OrdersController;
const decorate = (name: keyof OrdersController, ...decorators: MethodDecorator[]) => {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
  for (const decorator of decorators) decorator(prototype, name, descriptor);
};
Controller('orders')(OrdersController);
decorate(
  'refund',
  Audit('order.refunded', ({ params, body, result }) => ({
    target: { type: 'order', id: params.id },
    properties: { amount: (body as { amount: number }).amount, returned: (result as { amount: number }).amount },
  })),
  Post(':id/refund'),
);
Param('id')(prototype, 'refund', 0);
Body()(prototype, 'refund', 1);
decorate('cancel', Audit('order.canceled', { channel: 'security' }), Post(':id/cancel'));
decorate('ship', Audit('order.shipped'), Post(':id/ship'));
decorate('guarded', Audit('order.sealed'), Post(':id/seal'), UseGuards({ canActivate: () => false }));
decorate('read', Get(':id'));
Param('id')(prototype, 'read', 0);
const throwing = () => {
  throw new Error('a bug in the fields');
};
decorate('fields', Audit('order.broken', throwing), Post('fields'));
decorate('events', Audit('order.watched'), Sse(':id/events'));

class AppModule {}
Module({ controllers: [OrdersController] })(AppModule);

async function start(middleware = false) {
  app = await NestFactory.create(AppModule, { logger: false });
  const getIdentity = ({ headers }: { headers: { [name: string]: unknown } }) => ({
    actor: { type: 'user' as const, id: String(headers['x-user']) },
  });
  if (middleware) app.use(auditRequests({ getIdentity, authContext: 'middleware', audit, fallback: 'record', log }));
  app.useGlobalInterceptors(new AuditInterceptor(audit, { getIdentity, log, session: 'sid' }));
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as { address(): AddressInfo };
  url = `http://127.0.0.1:${server.address().port}`;
}
const call = (path: string, method = 'POST', body?: object) =>
  fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', 'x-user': '7', cookie: 'sid=abc' },
    ...(body && { body: JSON.stringify(body) }),
  });

beforeEach(() => {
  audit.entries.length = 0;
  audit.fail = undefined;
  logged.length = 0;
});
afterEach(() => app.close());

test('a handler with @Audit is recorded, with actor, address, session and route', async () => {
  await start();
  const response = await call('/orders/42/refund', 'POST', { amount: 5 });
  expect(await response.json()).toEqual({ id: '42', amount: 5 });
  expect(audit.entries).toMatchObject([
    {
      action: 'order.refunded',
      outcome: 'success',
      description: 'order refunded',
      actor: { type: 'user', id: '7' },
      source: { ip: '127.0.0.1', sessionId: expect.any(String) },
      request: { method: 'POST', endpoint: '/orders/:id/refund' },
      target: { type: 'order', id: '42' },
      properties: { amount: 5, returned: 5 },
    },
  ]);
});

test('a denied call is recorded as one, and reaches the client as before', async () => {
  await start();
  const response = await call('/orders/42/cancel');
  expect(response.status).toBe(403);
  expect(audit.entries).toMatchObject([
    {
      action: 'order.canceled',
      channel: 'security',
      outcome: 'failure',
      event: 'denied',
      error: { code: 'DENIED', message: 'only the owner may cancel an order' },
      request: { status: 403 },
    },
  ]);
});

test('a failed authentication is a failure, and not a denial', async () => {
  await start();
  expect((await call('/orders/42/ship')).status).toBe(401);
  expect(audit.entries).toMatchObject([
    {
      action: 'order.shipped',
      event: 'shipped',
      outcome: 'failure',
      error: { code: 'UnauthorizedException', message: 'sign in first' },
      request: { status: 401 },
    },
  ]);
});

test('entries of a handler have the context of the request', async () => {
  await start();
  expect((await call('/orders/42', 'GET')).status).toBe(200);
  expect(audit.entries).toMatchObject([
    { action: 'order.read', actor: { id: '7' }, request: { method: 'GET', endpoint: '/orders/:id' } },
  ]);
});

test('the context of a middleware is used', async () => {
  await start(true);
  await call('/orders/42/refund', 'POST', { amount: 5 });
  expect(audit.entries).toMatchObject([
    { action: 'order.refunded', authContext: 'middleware', request: { endpoint: '/orders/:id/refund' } },
  ]);
});

test('what a guard denies is recorded by the middleware', async () => {
  await start(true);
  expect((await call('/orders/42/seal')).status).toBe(403);
  // The generic entry is recorded after the response.
  for (const deadline = Date.now() + 5_000; audit.entries.length === 0 && Date.now() < deadline;) await nextTurn();
  expect(audit.entries).toMatchObject([
    {
      action: 'request.completed',
      event: 'denied',
      error: { code: 'DENIED' },
      actor: { id: '7' },
      request: { method: 'POST', endpoint: '/orders/:id/seal', status: 403 },
      target: { type: 'order', id: '42' },
    },
  ]);
});

test('a stream is recorded once, and passes', async () => {
  await start();
  const text = await (await call('/orders/42/events', 'GET')).text();
  expect(text.match(/data: \d/g)).toEqual(['data: 1', 'data: 2']);
  expect(audit.entries).toMatchObject([{ action: 'order.watched', outcome: 'success' }]);
});

test('an entry that cannot be recorded is logged, and the request continues', async () => {
  await start();
  audit.fail = new Error('the spool is full');
  expect((await call('/orders/42/refund', 'POST', { amount: 5 })).status).toBe(201);
  expect((await call('/orders/42/cancel')).status).toBe(403);
  audit.fail = undefined;
  expect((await call('/orders/fields')).status).toBe(201);
  expect(logged).toEqual([
    'auditrail: an entry of order.refunded was not recorded: Error: the spool is full',
    'auditrail: an entry of order.canceled was not recorded: Error: the spool is full',
    'auditrail: the fields of order.broken failed; its entry is recorded without them: Error: a bug in the fields',
  ]);
  expect(audit.entries).toMatchObject([{ action: 'order.broken', outcome: 'success' }]);
});
