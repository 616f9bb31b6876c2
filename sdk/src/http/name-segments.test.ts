import { nameSegments } from './name-segments.ts';

const name = (path: string, params: Record<string, string | string[]>) =>
  nameSegments(path, params, (each, isRest) => (isRest ? `*${each}` : `:${each}`));

test.each([
  ['/users/users', { id: 'users' }, '/users/:id'],
  ['/users/users/users', { id: 'users', other: 'users' }, '/users/:id/:other'],
  ['/users/ada%40example.com', { id: 'ada@example.com' }, '/users/:id'],
  ['/users/ada%40example.com', { id: 'ada%40example.com' }, '/users/:id'],
  ['/files/a/b', { path: ['a', 'b'] }, '/files/*path/*path'],
  ['/users/%E0%A4%A', { id: '%E0%A4%A' }, '/users/:id'],
  ['/', {}, '/'],
])('%s with %j is %s', (path, params, named) => {
  expect(name(path, params)).toBe(named);
});
