import plugin from './plugin.json';
import { PERMISSIONS, PLUGIN_ID } from './constants.ts';
import { LOKI_PATHS } from '@auditrail/core/loki';

const routes = new Map(plugin.routes.map((route) => [`${route.method} ${route.path}`, route]));

test('has the ID that the code uses', () => {
  expect(plugin.id).toBe(PLUGIN_ID);
});

const ENTRIES = [
  ...['', '/count', '/volume', '/values'].map((question) => `POST keeper/v1/entries${question}`),
  'GET keeper/v1/detections',
];

test('declares exactly the routes that the app uses', () => {
  const reads = Object.values(LOKI_PATHS).map((path) => `GET ${path.slice(1)}`);
  const others = [...ENTRIES, 'POST v1/logs', 'GET v1/health/pipeline', '* keeper/*'];
  expect([...routes.keys()].sort()).toEqual([...reads, ...others].sort());
});

// The rest of the keeper is one API behind one permission: it checks person, tenant, path and method of each request itself.
const oneByOne = [...routes].filter(([name]) => name !== '* keeper/*');

test.each(oneByOne)('%s is guarded', (_, route) => {
  // One verb, one path: a wildcard would let anything through.
  expect(['GET', 'POST']).toContain(route.method);
  expect(route.path).not.toContain('*');
  expect(Object.values<string>(PERMISSIONS)).toContain(route.reqAction);
});

const SECRET = '{{ .SecureJsonData.gateway }}';

test.each([...routes])('%s gets address and tenant only from the secret', (_, route) => {
  // The address ends as the path does, so that no route leads elsewhere.
  const keeper = route.path === 'v1/health/pipeline' ? 'keeper/' : '';
  expect(route.url).toBe(`${SECRET}/${keeper}${route.path.replace(/\/\*$/, '')}`);
  // A header could be dropped by a request's `Connection`, and what else is in a setting can be changed without the token.
  expect(Object.keys(route).sort()).toEqual(['method', 'path', 'reqAction', 'url']);
});

test('the keeper requires the permission to export', () => {
  expect(routes.get('* keeper/*')?.reqAction).toBe(PERMISSIONS.createExports);
});

test('the permission to read includes the keeper’s entries, its tests of rules and its report on missing entries, and nothing else of the keeper', () => {
  const readable = [...routes].filter(
    ([, { url, reqAction }]) => /keeper/.test(url) && reqAction !== PERMISSIONS.createExports,
  );
  expect(readable.map(([name]) => name).sort()).toEqual([...ENTRIES, 'GET v1/health/pipeline'].sort());
  for (const [, { reqAction }] of readable) expect(reqAction).toBe(PERMISSIONS.readEntries);
  // Grafana takes the first route that matches the method and the path.
  const names = [...routes.keys()];
  for (const name of ENTRIES) expect(names.indexOf(name)).toBeLessThan(names.indexOf('* keeper/*'));
});

const rolesOf = (action: string) =>
  plugin.roles.filter(({ role }) => role.permissions.some((permission) => permission.action === action));

test('declares a role for every permission, granted to Admin alone', () => {
  for (const action of Object.values(PERMISSIONS)) expect(rolesOf(action)).not.toEqual([]);
  for (const { role, grants } of plugin.roles) {
    expect(grants).toEqual(['Admin']);
    for (const { action } of role.permissions) expect(Object.values<string>(PERMISSIONS)).toContain(action);
  }
});

test('one role reads without personal data; every role that exports includes it', () => {
  const alone = plugin.roles.find(({ role }) => role.name === 'Audit log reader');
  expect(alone?.role.permissions).toEqual([{ action: PERMISSIONS.readEntries }]);
  for (const { role } of rolesOf(PERMISSIONS.createExports)) {
    expect(role.permissions).toContainEqual({ action: PERMISSIONS.readPersonalData });
  }
});

test('the page in the navigation requires the permission', () => {
  const page = plugin.includes.find(({ path }) => path === `/a/${PLUGIN_ID}`);
  expect(page).toMatchObject({ action: PERMISSIONS.readEntries, addToNav: true });
});
