import { routeFinder } from './match-route.ts';

const ROUTES = [
  'POST /orders',
  'POST /orders/:id',
  'POST /orders/bulk',
  'POST /orders/:id/items/:item',
  'PUT /carts/[id]',
  'PATCH /files/*path',
  'PATCH /files/:name',
  'DELETE /docs/[...slug]',
  'ALL /anything/{id}',
  'POST /',
  'POST /a/:id|/b/:id',
].map((text) => ({ method: text.split(' ')[0] ?? '', route: text.split(' ')[1] ?? '' }));

test.each([
  ['POST', '/orders', '/orders'],
  ['POST', '/orders/', '/orders'],
  ['POST', '/orders/:id', '/orders/:id'],
  ['POST', '/orders/7', '/orders/:id'],
  ['POST', '/orders/bulk', '/orders/bulk'],
  ['POST', '/orders/7/items/8', '/orders/:id/items/:item'],
  ['POST', '/orders/7/items', undefined],
  ['POST', '/orders//items/8', undefined],
  ['GET', '/orders', undefined],
  ['PUT', '/carts/:id', '/carts/[id]'],
  ['PATCH', '/files/a', '/files/:name'],
  ['PATCH', '/files/a/b', '/files/*path'],
  ['DELETE', '/docs/a/b/c', '/docs/[...slug]'],
  ['PURGE', '/anything/7', '/anything/{id}'],
  ['POST', '/', '/'],
  ['POST', '/a/:id|/b/:id', '/a/:id|/b/:id'],
  ['POST', '/orders/(.*)+', '/orders/:id'],
])('%s %s is of %s', (method, endpoint, route) => {
  expect(routeFinder(ROUTES)(method, endpoint)?.route).toBe(route);
});
