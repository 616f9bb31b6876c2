import { AppPlugin, dateTime, PluginExtensionPoints } from '@grafana/data';
import { config, locationService } from '@grafana/runtime';
import type * as Runtime from '@grafana/runtime';
import { PERMISSIONS } from './constants.ts';
import { addLinks, addProfileTab, LINKS, pathFor, PROFILE_TAB } from './extensions.ts';
import manifest from './plugin.json';
import { parseView } from './state/view.ts';

let permissions: string[];
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  hasPermission: (action: string) => permissions.includes(action),
}));
beforeEach(() => {
  permissions = Object.values(PERMISSIONS);
  config.bootData.user.email = 'ada@example.com';
});

const viewOf = (path: string) => {
  const { view, problems } = parseView(new URL(path, 'http://x').searchParams);
  expect(problems).toEqual([]);
  return view;
};

test('plugin.json declares exactly the links that are added', () => {
  const declared = LINKS.map(({ title, description, targets }) => ({ title, description, targets }));
  expect(manifest.extensions.addedLinks).toEqual(declared);
  expect(Object.values<string>(PluginExtensionPoints)).toEqual(expect.arrayContaining(LINKS.flatMap((x) => x.targets)));
  expect(addLinks(new AppPlugin()).addedLinkConfigs).toHaveLength(LINKS.length);
  // The validator refuses shorter ones; Grafana's menus cut longer ones.
  for (const { title, path } of LINKS) {
    expect(title.length).toBeGreaterThanOrEqual(10);
    expect(title.length).toBeLessThan(25);
    // Grafana leaves others out (validators.ts, isLinkPathValid).
    if (path !== undefined) expect(path).toMatch(/^\/a\/auditrail-auditlog-app\//);
  }
});

test('links from Explore and panels have their time range, relative or absolute', () => {
  expect(viewOf(pathFor({ timeRange: { from: 'now-6h', to: 'now' } }))).toMatchObject({ from: 'now-6h', to: 'now' });
  const from = dateTime('2026-11-21T06:00:00Z');
  const to = dateTime('2026-11-21T07:00:00Z');
  expect(viewOf(pathFor({ timeRange: { from, to } }))).toMatchObject({
    from: '2026-11-21T06:00:00.000Z',
    to: '2026-11-21T07:00:00.000Z',
  });
});

test('a link from Explore has its trace', () => {
  const query = '0AF7651916cd43dd8448eb211c80319c';
  const targets = [
    { refId: 'A', expr: '{a="b"}' },
    { refId: 'B', query },
  ];
  expect(viewOf(pathFor({ targets })).filters).toEqual([
    { field: 'traceId', operator: 'is', values: [query.toLowerCase()] },
  ]);
});

test.each([undefined, {}, { targets: 'x' }, { targets: [null, 1, { query: 7 }, { query: '{ status = error }' }] }])(
  'unknown parts are left out: %j',
  (context) => expect(pathFor(context as never)).toBe('/a/auditrail-auditlog-app/'),
);

test('the command palette opens today, and the user’s own entries by email', () => {
  const [today, own] = LINKS.filter(({ targets }) => targets.includes('grafana/commandpalette/action'));
  const push = jest.spyOn(locationService, 'push').mockReturnValue(undefined);
  for (const link of [today, own]) {
    expect(link?.configure?.({})).toEqual({});
    link?.onClick?.(undefined, {} as never);
  }
  const [first, second] = push.mock.calls.map(([path]) => String(path));
  expect(first).toBe('/a/auditrail-auditlog-app/');
  expect(viewOf(second ?? '')).toMatchObject({
    from: 'now-7d',
    to: 'now',
    filters: [{ field: 'email', operator: 'is', values: ['ada@example.com'] }],
  });
  config.bootData.user.email = '';
  expect(own?.configure?.({})).toBeUndefined();
});

test('without the permission, there are no links', () => {
  permissions = [];
  for (const { configure } of LINKS) expect(configure?.({})).toBeUndefined();
});

test('the profile tab is the one that plugin.json declares, only with the permission to read', () => {
  expect(manifest.extensions.addedComponents).toEqual([PROFILE_TAB]);
  expect(Object.values<string>(PluginExtensionPoints)).toEqual(expect.arrayContaining(PROFILE_TAB.targets));
  const tab = () => null;
  expect(addProfileTab(new AppPlugin(), tab).addedComponentConfigs).toEqual([{ ...PROFILE_TAB, component: tab }]);
  permissions = [];
  expect(addProfileTab(new AppPlugin(), tab).addedComponentConfigs).toEqual([]);
});
