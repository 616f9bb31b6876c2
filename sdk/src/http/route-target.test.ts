import { routeTarget } from './route-target.ts';

test.each([
  ['/orders/:id', '/orders/7', { type: 'order', id: '7' }],
  ['/orders/:id/cancel', '/orders/7/cancel', { type: 'order', id: '7' }],
  ['/shops/:shop/categories/:id', '/shops/eu/categories/a%2Fb', { type: 'category', id: 'a/b' }],
  ['/addresses/:address_id', '/addresses/1', { type: 'address', id: '1' }],
  ['/boxes/:id', '/boxes/1', { type: 'box', id: '1' }],
  ['/status/:id', '/status/1', { type: 'status', id: '1' }],
  ['/users/:userId/roles', '/users/1/roles', { type: 'user', id: '1' }],
  ['/:id', '/1', { type: 'record', id: '1' }],
  ['/orders/:id', '/orders/%E0%A4%A', { type: 'order', id: '%E0%A4%A' }],
  ['/invites/:token/accept', '/invites/s3cret/accept', undefined],
  ['/orders/[id]', '/orders/7', { type: 'order', id: '7' }],
  ['/docs/[...slug]', '/docs/a', undefined],
  ['/orders', '/orders', undefined],
  ['/files/*path', '/files/a/b', undefined],
  ['/shops/:shop/orders/:order|/bills/:order', '/shops/1/orders/2', undefined],
])('%s, %s', (route, path, target) => {
  expect(routeTarget(route, path)).toEqual(target);
});

test.each([
  ['/shops/:shop/posts/:id{[0-9]+}', '/shops/5/posts/9', { type: 'post', id: '9' }],
  ['/shops/:shop/items/:id(^\\d+$)', '/shops/5/items/9', { type: 'item', id: '9' }],
  ['/shops/:shop/items/:id?', '/shops/5/items/9', { type: 'item', id: '9' }],
  ['/users/:userId/files/:name.json', '/users/1/files/a.json', undefined],
  ['/users/:userId/files/*', '/users/1/files/a', undefined],
])('%s: never a record before the last variable segment', (route, path, target) => {
  expect(routeTarget(route, path)).toEqual(target);
});
