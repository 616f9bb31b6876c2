import plugin from './plugin.json';
import { PERMISSIONS, PLUGIN_ID } from './constants.ts';
import { LOKI_PATHS } from '@auditrail/core';

const routes = new Map(plugin.routes.map((route) => [`${route.method} ${route.path}`, route]));

test('has the id that the code uses', () => {
  expect(plugin.id).toBe(PLUGIN_ID);
});

test('declares exactly the routes that the app uses', () => {
  const reads = Object.values(LOKI_PATHS).map((path) => `GET ${path.slice(1)}`);
  expect([...routes.keys()].sort()).toEqual([...reads, 'POST v1/logs'].sort());
});

test.each([...routes])('%s is guarded', (_, route) => {
  // One verb, one path: a wildcard would let anything through.
  expect(['GET', 'POST']).toContain(route.method);
  expect(route.path).not.toContain('*');
  expect(Object.values<string>(PERMISSIONS)).toContain(route.reqAction);
  // The address ends as the path does, so that no route leads elsewhere.
  expect(route.url.replace(/^\{\{ \.JsonData\.\w+ \}\}\//, '')).toBe(route.path);
  const headers = Object.fromEntries(route.headers.map(({ name, content }) => [name, content]));
  expect(headers['X-Scope-OrgID']).toBe('{{ .JsonData.tenant }}');
  expect(headers.Authorization).toMatch(/^Bearer \{\{ \.SecureJsonData\.(readToken|grafanaToken) \}\}$/);
});

test('writing uses its own token and address', () => {
  const route = routes.get('POST v1/logs');
  expect(route?.url).toBe('{{ .JsonData.collectorUrl }}/v1/logs');
  expect(route?.headers.find(({ name }) => name === 'Authorization')?.content).toContain('grafanaToken');
});

test('grants every permission to Admin alone', () => {
  const granted = plugin.roles.flatMap(({ role, grants }) =>
    role.permissions.map(({ action }) => ({ action, grants })),
  );
  expect(granted.map(({ action }) => action).sort()).toEqual(Object.values(PERMISSIONS).sort());
  for (const { grants } of granted) expect(grants).toEqual(['Admin']);
});

test('the page in the navigation needs the permission', () => {
  const page = plugin.includes.find(({ path }) => path === `/a/${PLUGIN_ID}`);
  expect(page).toMatchObject({ action: PERMISSIONS.readEntries, addToNav: true });
});
