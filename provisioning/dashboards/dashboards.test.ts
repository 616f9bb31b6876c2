import { ANNOTATIONS } from './annotations.ts';
import { buildDashboard } from './frame.ts';
import { DASHBOARDS, dashboardFiles } from './index.ts';
import { DASHBOARD_UIDS } from './panel-ids.ts';

const SOURCES = { loki: 'l', prometheus: 'p' };
const built = Object.entries(DASHBOARDS).map(([name, about]) => [name, buildDashboard(about, SOURCES)] as const);

it('has a dashboard for each uid, each in a file of its own', () => {
  expect(built.map(([, { uid }]) => uid)).toEqual(Object.values(DASHBOARD_UIDS));
  expect(Object.keys(dashboardFiles(SOURCES))).toHaveLength(built.length);
});

describe.each(built)('the dashboard %s', (name, { panels = [], annotations, templating, editable }) => {
  const text = dashboardFiles(SOURCES)[`${name}.json`] ?? '';

  it('has panels with unique ids, titles and descriptions', () => {
    for (const member of ['id', 'title'] as const) {
      const values = panels.map((panel) => panel[member]);
      expect(new Set(values).size).toBe(panels.length);
    }
    for (const panel of panels) expect(panel).toMatchObject({ description: expect.stringMatching(/\.$/) as string });
  });

  it('has panels that fill the grid without overlap', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } = { x: 0, y: 0, w: 0, h: 0 } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    const height = Math.max(...panels.map(({ gridPos }) => (gridPos ? gridPos.y + gridPos.h : 0)));
    expect(cells).toHaveLength(24 * height);
  });

  it('reads the provisioned data sources', () => {
    for (const panel of panels) {
      if (panel.type === 'alertlist') continue;
      expect(['l', 'p']).toContain('datasource' in panel ? panel.datasource?.uid : undefined);
    }
    expect(templating.list?.map(({ name: variable }) => variable)).toEqual(['service', 'channel']);
    expect(annotations.list?.map(({ name: shown }) => shown)).toEqual(ANNOTATIONS.map(({ name: known }) => known));
    expect(editable).toBe(false);
  });

  it('links to the page with the time range, services and channels of the dashboard', () => {
    const urls = [...text.matchAll(/"url":"((?:[^"\\]|\\.)*)"/g)].map(([, url]) => url ?? '').filter(Boolean);
    const ofPanels = urls.filter((url) => url.startsWith('/a/') && url.includes('?'));
    expect(ofPanels.length).toBeGreaterThan(1);
    for (const url of ofPanels) {
      expect(url).toContain('from=${__from}&to=${__to}');
      expect(url).toContain('&${service:queryparam}&${channel:queryparam}');
    }
    // The bars of charts over time carry the marked time.
    expect(urls.filter((url) => url.includes('&at=${__value.time}'))).toHaveLength(1);
  });
});
