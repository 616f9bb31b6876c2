import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import express, { type Request } from 'express';
import fastify, { type FastifyRequest } from 'fastify';
import { Hono, type Context } from 'hono';
import { memoryAudit, type MemoryAudit } from '../logger/testing.ts';
import type { RequestOptions } from './describe-request.ts';
import { auditRequests as expressContext } from './express.ts';
import { auditRequests as fastifyContext } from './fastify.ts';
import { auditRequests as honoContext } from './hono.ts';
import { currentContext } from '../context/request-context.ts';
import { auditRequests as nodeContext } from './node.ts';
import { sessionIdOf } from './session-id.ts';
import { withRequest } from '../context/with-request.ts';

type Header = (name: string) => string | undefined;
interface App {
  listener: RequestListener;
  close?: () => Promise<unknown>;
}
// Each app does the same: GET and POST /people/:id records after a while, /fail throws after recording.
type MakeApp = (
  options: Omit<RequestOptions<unknown>, 'getIdentity'>,
  work: (id: string) => Promise<void>,
) => App | Promise<App>;

const identityOf = (header: Header) => {
  const id = header('x-user');
  if (id === 'broken') throw new Error('no session store');
  const customer = header('x-customer');
  if (id === undefined) return undefined;
  return {
    actor: { type: 'user' as const, id },
    ...(customer !== undefined && { onBehalfOf: [{ type: 'user' as const, id: customer }] }),
  };
};
const throwError = () => {
  throw new Error('the handler failed');
};

const apps: Record<string, MakeApp> = {
  express: (options, work) => {
    const app = express();
    app.set('env', 'test');
    app.use(expressContext({ ...options, getIdentity: (req: Request) => identityOf((name) => req.get(name)) }));
    app.use(express.json());
    const people = express.Router();
    people.all('/', async (req, res) => {
      await work(String(req.get('x-user')));
      res.send('ok');
    });
    app.use('/people/:id', people);
    app.get('/fail', async (req) => {
      await work(String(req.get('x-user')));
      throwError();
    });
    return { listener: app as unknown as RequestListener };
  },

  fastify: async (options, work) => {
    const app = fastify();
    const getIdentity = (request: FastifyRequest) => identityOf((name) => request.headers[name] as string | undefined);
    await app.register(fastifyContext, { ...options, getIdentity });
    app.all('/people/:id', async (request) => {
      await work(String(request.headers['x-user']));
      return 'ok';
    });
    app.get('/fail', async (request) => {
      await work(String(request.headers['x-user']));
      throwError();
    });
    await app.ready();
    return { listener: (request, response) => app.routing(request, response), close: () => app.close() };
  },

  hono: (options, work) => {
    const app = new Hono();
    app.use(honoContext({ ...options, getIdentity: (c: Context) => identityOf((name) => c.req.header(name)) }));
    app.all('/people/:id', async (c) => {
      if (c.req.method === 'POST') await c.req.json();
      await work(String(c.req.header('x-user')));
      return c.text('ok');
    });
    app.get('/fail', async (c) => {
      await work(String(c.req.header('x-user')));
      return throwError();
    });
    app.onError((_error, c) => c.text('failed', 500));
    const listener = getRequestListener(app.fetch);
    return { listener: (request, response) => void listener(request, response) };
  },

  node: (options, work) => {
    const header = (request: IncomingMessage) => (name: string) => request.headers[name] as string | undefined;
    const getIdentity = (request: IncomingMessage) => identityOf(header(request));
    const getRoute = (request: IncomingMessage) => request.url?.replace(/^\/people\/[^/?]+.*/, '/people/:id');
    const listener = nodeContext({ ...options, getIdentity, getRoute }, async (request, response) => {
      for await (const chunk of request) void chunk;
      await work(String(request.headers['x-user']));
      response.writeHead(request.url === '/fail' ? 500 : 200).end('ok');
    });
    return { listener };
  },
};

describe.each(Object.keys(apps))('%s', (name) => {
  let audit: MemoryAudit;
  let server: Server;
  let url: string;
  let close: (() => Promise<unknown>) | undefined;
  let ended: { status: number | undefined; user: string | undefined }[];
  let working: () => Promise<void>;
  const errors: string[] = [];

  async function start(options: Partial<RequestOptions<unknown>> = {}): Promise<void> {
    audit = memoryAudit();
    ended = [];
    working = async () => {};
    const log = { warn: () => undefined, error: (message: string) => errors.push(message) };
    const onEnd = () => {
      const context = currentContext();
      ended.push({ status: context?.request?.status, user: context?.actor?.id });
    };
    const make = apps[name] as MakeApp;
    const app = await make({ session: 'sid', authContext: 'ui', onEnd, log, ...options }, async (id) => {
      await working();
      await withRequest(audit).record({ action: 'person.seen', description: id });
    });
    close = app.close;
    // Above the default of 16 KB, for the tests with long headers.
    server = createServer({ maxHeaderSize: 1_000_000 }, app.listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await close?.();
  });

  const get = (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers });
  const until = async (condition: () => boolean) => {
    for (const deadline = Date.now() + 5_000; !condition() && Date.now() < deadline;) await sleep(5);
  };

  test('records actor, address, session and route', async () => {
    await start();
    const response = await get('/people/ada@example.com?q=secret', {
      'x-user': '7',
      cookie: 'other=1; sid=the-cookie-itself',
      'user-agent': 'Browser "1"',
    });
    expect(response.status).toBe(200);
    expect(audit.entries).toMatchObject([
      {
        actor: { type: 'user', id: '7' },
        authContext: 'ui',
        source: { ip: '127.0.0.1', userAgent: 'Browser "1"', sessionId: sessionIdOf('the-cookie-itself') },
        request: { method: 'GET', endpoint: '/people/:id' },
      },
    ]);
    expect(JSON.stringify(audit.entries)).not.toMatch(/the-cookie-itself|ada@|secret/);
  });

  test('records for whom the actor acts', async () => {
    await start();
    await get('/people/1', { 'x-user': '7', 'x-customer': '9' });
    expect(audit.entries).toMatchObject([{ actor: { id: '7' }, onBehalfOf: [{ type: 'user', id: '9' }] }]);
  });

  test('a getIdentity that throws is logged once, and the entry has an unnamed user', async () => {
    await start();
    errors.length = 0;
    expect((await get('/people/1', { 'x-user': 'broken' })).status).toBe(200);
    expect(audit.entries).toMatchObject([{ actor: { type: 'user' }, source: { ip: '127.0.0.1' } }]);
    expect(errors).toEqual([
      'auditrail: getIdentity failed; entries of this request are recorded without it: Error: no session store',
    ]);
  });

  test('keeps its context while a body arrives slowly, on a reused connection', async () => {
    await start();
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
    for (const user of ['8', '9']) {
      const head = `POST /people/${user} HTTP/1.1\r\nHost: x\r\nX-User: ${user}\r\nContent-Type: application/json`;
      socket.write(`${head}\r\nContent-Length: 12\r\n\r\n{"a":`);
      await sleep(30);
      socket.write('"text"}');
      await until(() => ended.length === Number(user) - 7);
    }
    socket.destroy();
    expect(audit.entries).toMatchObject([
      { actor: { id: '8' }, request: { method: 'POST', endpoint: '/people/:id' } },
      { actor: { id: '9' }, request: { method: 'POST', endpoint: '/people/:id' } },
    ]);
  });

  test('onEnd knows the status and the context; without a signed-in user the actor is an unnamed user', async () => {
    await start();
    await get('/people/1');
    await get('/fail', { 'x-user': '9' });
    await until(() => ended.length === 2);
    expect(ended).toEqual([
      { status: 200, user: undefined },
      { status: 500, user: '9' },
    ]);
    expect(audit.entries[0]).toMatchObject({ actor: { type: 'user' }, request: {} });
    expect(audit.entries[0]?.request).not.toHaveProperty('status');
  });

  test('a handler that throws leaves no context behind and gets the usual response', async () => {
    await start();
    expect((await get('/fail', { 'x-user': '1' })).status).toBe(500);
    expect(currentContext()).toBeUndefined();
    await get('/people/2', { 'x-user': '2' });
    expect(audit.entries.map(({ actor }) => actor.id)).toEqual(['1', '2']);
  });

  test('a refused entry fails the request, and a failing onEnd does not', async () => {
    await start({ onEnd: () => Promise.reject(new Error('no end')) });
    errors.length = 0;
    if (name !== 'node') {
      audit.fail = new Error('the spool is full');
      expect((await get('/people/1', { 'x-user': '1' })).status).toBe(500);
      audit.fail = undefined;
    }
    expect((await get('/people/1', { 'x-user': '1' })).status).toBe(200);
    await until(() => errors.length > 0);
    expect(errors[0]).toContain('no end');
  });

  test('an entry is recorded even if reading a field of the request fails', async () => {
    const fail = (what: string) => () => {
      throw new Error(`no ${what}`);
    };
    errors.length = 0;
    await start({ session: fail('session'), getRoute: fail('route') });
    expect((await get('/people/1', { 'x-user': '1' })).status).toBe(200);
    expect(audit.entries).toMatchObject([
      { actor: { id: '1' }, source: { ip: '127.0.0.1' }, request: { method: 'GET' } },
    ]);
    expect(errors.join()).toMatch(/session failed.*no session/);
    if (name !== 'node') expect(errors.join()).toMatch(/getRoute failed.*no route/);
  });

  test('ignores X-Forwarded-For, Forwarded and traceparent from untrusted clients', async () => {
    await start({ trustProxy: ['10.0.0.0/8'] });
    await get('/people/1', {
      'x-forwarded-for': '1.1.1.1',
      forwarded: 'for=2.2.2.2',
      'x-real-ip': '3.3.3.3',
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    });
    expect(audit.entries[0]?.source?.ip).toBe('127.0.0.1');
    expect(audit.entries[0]?.trace).toBeUndefined();
  });

  test('takes the last address that is not a proxy from a trusted proxy', async () => {
    await start({ trustProxy: ['loopback'] });
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    await get('/people/1', {
      'x-forwarded-for': '1.1.1.1, ::ffff:192.0.2.7',
      traceparent: `00-${trace.traceId}-${trace.spanId}-01`,
    });
    const addresses = Array.from({ length: 10_000 }, (_, i) => `127.0.${i >> 8}.${i % 256}`).join(',');
    await get('/people/1', { 'x-forwarded-for': `1.1.1.1,${addresses}` });
    await get('/people/1', { 'x-forwarded-for': `${addresses}, not an address` });
    expect(audit.entries[0]).toMatchObject({ source: { ip: '192.0.2.7' }, trace });
    expect(audit.entries.slice(1).map(({ source }) => source?.ip)).toEqual(['127.0.38.172', '127.0.0.1']);
  });

  test('1,000 concurrent requests: each entry has the actor, address and session of its own request', async () => {
    await start({ trustProxy: ['loopback'] });
    working = () => sleep(Math.random() * 30);
    const one = async (i: number) => {
      const headers = { 'x-user': `${i}`, 'x-forwarded-for': `192.0.${i >> 8}.${i & 255}`, cookie: `sid=s${i}` };
      const post = { method: 'POST', body: '{}', headers: { ...headers, 'content-type': 'application/json' } };
      const response = await fetch(`${url}/people/${i}`, i % 2 ? post : { headers });
      expect(await response.text()).toBe('ok');
    };
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => one(i)));
    expect(audit.entries).toHaveLength(1_000);
    for (const { description, actor, source } of audit.entries) {
      const i = Number(description);
      const ip = `192.0.${i >> 8}.${i & 255}`;
      expect({ actor, ip: source?.ip, session: source?.sessionId }).toEqual({
        actor: { type: 'user', id: description },
        ip,
        session: sessionIdOf(`s${i}`),
      });
    }
    await until(() => ended.length === 1_000);
    expect(new Set(ended.map(({ user }) => user)).size).toBe(1_000);
  }, 60_000);

  test('a user agent is one line, at most 512 bytes, and never breaks the entry', async () => {
    await start();
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    const agent = Buffer.from(`Evil\ttab\u0085next \xff ${'x'.repeat(2_000)}`, 'latin1');
    socket.write('GET /people/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: ');
    socket.write(agent);
    socket.write('\r\n\r\n');
    await once(socket.resume(), 'close');
    const userAgent = audit.entries[0]?.source?.userAgent ?? '';
    expect(userAgent).toMatch(/^Evil tab next ÿ x+$/);
    expect(Buffer.byteLength(userAgent)).toBeLessThanOrEqual(512);
  });

  test('a client that disconnects early ends its request without a status', async () => {
    if (name === 'hono') return start(); // Hono still creates its response.
    await start();
    let entered = false;
    working = async () => {
      entered = true;
      await sleep(50);
    };
    const abort = new AbortController();
    const response = fetch(`${url}/people/1`, { signal: abort.signal, headers: { 'x-user': '5' } });
    await until(() => entered);
    abort.abort();
    await expect(response).rejects.toThrow();
    await until(() => ended.length === 1);
    expect(ended).toEqual([{ status: undefined, user: '5' }]);
    await until(() => audit.entries.length === 1);
    expect(audit.entries[0]).toMatchObject({ actor: { id: '5' }, source: { ip: '127.0.0.1' } });
  });
});

test('fastify: an error handler for an invalid body has the context, also in encapsulated plugins', async () => {
  const audit = memoryAudit();
  const app = fastify();
  await app.register(fastifyContext, { getIdentity: () => ({ actor: { type: 'user', id: '1' } }) });
  await app.register((inner, _options, done) => {
    inner.setErrorHandler(async (_error, _request, reply) => {
      await withRequest(audit).record({ action: 'form.refused', description: 'Bad form' });
      return reply.code(400).send('no');
    });
    inner.post('/forms/:id', () => 'ok');
    done();
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(`${url}/forms/1`, { method: 'POST', headers, body: '{' })).status).toBe(400);
  await app.close();
  expect(audit.entries).toMatchObject([{ actor: { id: '1' }, request: { endpoint: '/forms/:id' } }]);
});
