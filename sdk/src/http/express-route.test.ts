import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { currentContext } from '../context/request-context.ts';
import { auditRequests } from './express.ts';
import { expressRoute, watchParams } from './express-route.ts';

// A real Express on a port. `seen` has the route of each handler that ran, and of the end of the request.
type Handler = (req: Request, res: Response, next: NextFunction) => void;

async function routesOf(paths: string | string[], define: (app: express.Express, handler: Handler) => void) {
  const app = express();
  const seen: (string | undefined)[] = [];
  const ended: (string | undefined)[] = [];
  define(
    app.use(auditRequests({ unrecorded: false, onEnd: ({ request }) => ended.push(request?.endpoint) })),
    (_req, res) => {
      seen.push(currentContext()?.request?.endpoint);
      res.send('ok');
    },
  );
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const path of [paths].flat()) await (await fetch(url + path)).text();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  return { seen, ended };
}
const routerWith = (define: (router: Router) => unknown): Router => {
  const router = express.Router();
  define(router);
  return router;
};

test('routes contain no data of the URL, wherever they are mounted', async () => {
  const paths = [
    '/shops/7/people/ada%40example.com/orders/1',
    '/files/a/b',
    '/shops/%E0%A4%A/people/x',
    '/nowhere/ada',
  ];
  const { seen, ended } = await routesOf(paths, (app, handler) => {
    app.use(
      '/shops/:shop/people/:email',
      routerWith((router) => router.get(['/orders/:order', '/bills/:order'], handler)),
    );
    app.get('/files/*path', handler);
    app.use(handler);
  });
  const orders = '/shops/:shop/people/:email/orders/:order|/bills/:order';
  expect(seen).toEqual([orders, '/files/*path', undefined]);
  expect(ended).toEqual([orders, '/files/*path', undefined, undefined]);
});

test.each([
  ['/users/:id', '/', '/users/users', '/users/:id'],
  ['/users/:id', '/orders', '/users/users/orders', '/users/:id/orders'],
  ['/users/:id', '/users', '/users/users/users', '/users/:id/users'],
  ['/:id/users', '/', '/users/users', '/:id/users'],
  ['/:id/users/:other', '/', '/users/users/users', '/:id/users/:other'],
  ['/shops/:shop/people/:email', '/:id', '/shops/people/people/shops/shops', '/shops/:shop/people/:email/:id'],
  ['/flights/:from-:to', '/', '/flights/flights-to', '/flights/:from-:to'],
  ['/users/:id/', '/', '/users/users/', '/users/:id'],
  ['/:id', '/', '/%75sers', '/:id'],
])('a router at %s with the route %s: the endpoint of %s is %s', async (mount, route, path, endpoint) => {
  const { seen, ended } = await routesOf(path, (app, handler) => {
    app.use(
      mount,
      routerWith((router) => router.get(route, handler)),
    );
  });
  expect([seen, ended]).toEqual([[endpoint], [endpoint]]);
});

test('an id that equals a fixed segment, without a router', async () => {
  const { seen } = await routesOf(['/users/users', '/users/users/roles'], (app, handler) => {
    app.get('/users/:id', handler);
    app.get('/users/:id/roles', handler);
  });
  expect(seen).toEqual(['/users/:id', '/users/:id/roles']);
});

test('routers and applications in each other', async () => {
  const { seen } = await routesOf(['/a/a/a/a', '/apps/apps/a/a'], (app, handler) => {
    const inner = routerWith((router) => router.get('/:c', handler));
    app.use(
      '/a/:a',
      routerWith((router) => router.use('/a', inner).use('/:b', inner)),
    );
    const mounted = express();
    mounted.use('/a', inner);
    app.use('/apps/:app', mounted);
  });
  expect(seen).toEqual(['/a/:a/a/:c', '/apps/:app/a/:c']);
});

test('a router that is mounted twice, and passes the request on the first time', async () => {
  const { seen } = await routesOf('/users/7', (app, handler) => {
    let visits = 0;
    const router = routerWith((each) =>
      each.get('/', (req, res, next) => ((visits += 1) === 1 ? next() : handler(req, res, next))),
    );
    app.use('/users/:id', router);
    app.use('/:type/:id', router);
  });
  expect(seen).toEqual(['/:type/:id']);
});

test('a pattern that is a regular expression', async () => {
  const { seen } = await routesOf(['/users/users', '/users/ada'], (app, handler) => {
    app.use(
      /^\/users\/(?<id>\w+)/,
      routerWith((router) => router.get('/', handler)),
    );
  });
  expect(seen).toEqual(['/users/:id', '/users/:id']);
});

test('an error handler of the application, and the end of the request, know the route of the router', async () => {
  const { seen, ended } = await routesOf('/users/users/cancel', (app, handler) => {
    app.use(
      '/users/:id',
      routerWith((router) => {
        router.get('/cancel', (_req, _res, next) => next(new Error('not now')));
      }),
    );
    app.use((_error: unknown, req: Request, res: Response, next: NextFunction) => handler(req, res, next));
  });
  expect([seen, ended]).toEqual([['/users/:id/cancel'], ['/users/:id/cancel']]);
});

test('the middleware in a router with mergeParams has no values of the URL', () => {
  const request = {
    baseUrl: '/users/users',
    params: { id: 'users' },
    route: undefined as { path: string } | undefined,
  };
  watchParams(request);
  request.route = { path: '/roles' };
  request.params = { id: 'users' };
  expect(expressRoute(request)).toBe('/users/:id/roles');
});
