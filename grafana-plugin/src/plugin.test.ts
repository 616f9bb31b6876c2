import plugin from './plugin.json';
import { PERMISSIONS, PLUGIN_ID } from './constants.ts';
import { LOKI_PATHS } from '@auditrail/core/loki';

const routes = new Map(plugin.routes.map((route) => [`${route.method} ${route.path}`, route]));

test('has the id that the code uses', () => {
  expect(plugin.id).toBe(PLUGIN_ID);
});

test('declares exactly the routes that the app uses', () => {
  const reads = Object.values(LOKI_PATHS).map((path) => `GET ${path.slice(1)}`);
  expect([...routes.keys()].sort()).toEqual([...reads, 'POST v1/logs', 'GET v1/health/pipeline', '* keeper/*'].sort());
});

// The keeper is one API behind one permission: it checks person, tenant, path and method of each request itself.
const oneByOne = [...routes].filter(([name]) => name !== '* keeper/*');

test.each(oneByOne)('%s is guarded', (_, route) => {
  // One verb, one path: a wildcard would let anything through.
  expect(['GET', 'POST']).toContain(route.method);
  expect(route.path).not.toContain('*');
  expect(Object.values<string>(PERMISSIONS)).toContain(route.reqAction);
  // The address ends as the path does, so that no route leads elsewhere.
  expect(route.url.replace(/^\{\{ \.JsonData\.\w+ \}\}\//, '')).toBe(route.path);
  const headers = Object.fromEntries(route.headers.map(({ name, content }) => [name, content]));
  expect(headers['X-Scope-OrgID']).toBe('{{ .JsonData.tenant }}');
  expect(headers.Authorization).toMatch(/^Bearer \{\{ \.SecureJsonData\.(readToken|grafanaToken|keeperToken) \}\}$/);
});

test('the keeper is reached with the permission to export, and with its own token and address', () => {
  expect(routes.get('* keeper/*')).toEqual({
    path: 'keeper/*',
    method: '*',
    reqAction: PERMISSIONS.createExports,
    url: '{{ .JsonData.keeperUrl }}',
    headers: [
      { name: 'X-Scope-OrgID', content: '{{ .JsonData.tenant }}' },
      { name: 'Authorization', content: 'Bearer {{ .SecureJsonData.keeperToken }}' },
    ],
  });
});

test('who may read may ask the keeper whether entries are missing, and nothing else of it', () => {
  const route = routes.get('GET v1/health/pipeline');
  expect(route?.reqAction).toBe(PERMISSIONS.readEntries);
  expect(route?.url).toBe('{{ .JsonData.keeperUrl }}/v1/health/pipeline');
  expect(route?.headers.find(({ name }) => name === 'Authorization')?.content).toContain('keeperToken');
});

test('writing uses its own token and address', () => {
  const route = routes.get('POST v1/logs');
  expect(route?.url).toBe('{{ .JsonData.collectorUrl }}/v1/logs');
  expect(route?.headers.find(({ name }) => name === 'Authorization')?.content).toContain('grafanaToken');
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

test('one role reads without personal data, and none exports without it', () => {
  const alone = plugin.roles.find(({ role }) => role.name === 'Audit log reader');
  expect(alone?.role.permissions).toEqual([{ action: PERMISSIONS.readEntries }]);
  for (const { role } of rolesOf(PERMISSIONS.createExports)) {
    expect(role.permissions).toContainEqual({ action: PERMISSIONS.readPersonalData });
  }
});

test('the page in the navigation needs the permission', () => {
  const page = plugin.includes.find(({ path }) => path === `/a/${PLUGIN_ID}`);
  expect(page).toMatchObject({ action: PERMISSIONS.readEntries, addToNav: true });
});
