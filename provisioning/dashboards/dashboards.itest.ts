import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { startDemoData, type DemoData } from '../testing/demo-data.ts';
import { ANNOTATIONS } from './annotations.ts';
import { buildDashboard } from './frame.ts';
import { DASHBOARDS } from './index.ts';

const PANELS = z.array(
  z.object({
    title: z.string(),
    type: z.string(),
    targets: z
      .array(
        z.object({
          expr: z.string(),
          queryType: z.string().optional(),
          instant: z.boolean().optional(),
          datasource: z.object({ type: z.enum(['loki', 'prometheus']) }),
        }),
      )
      .default([]),
  }),
);
const boards = Object.entries(DASHBOARDS).map(([name, about]) => {
  return { name, panels: PANELS.parse(buildDashboard(about, { loki: 'l', prometheus: 'p' }).panels) };
});
const queries = [
  ...boards.flatMap(({ name, panels }) =>
    panels.flatMap(({ title, targets }) =>
      targets.map(({ expr, queryType, instant, datasource: { type } }) => {
        return { name, title, expr, type, instant: queryType === 'instant' || instant === true };
      }),
    ),
  ),
  ...ANNOTATIONS.map(({ name, query }) => {
    return { name: 'annotations', title: name, expr: query('$service'), type: 'loki' as const, instant: false };
  }),
];

// Replaces Grafana's variables.
const withVariables = (expr: string) =>
  Object.entries({ $service: '.+', $channel: '.+', $__rate_interval: '1m', $__range: '25h', $__auto: '1h' }).reduce(
    (text, [name, value]) => text.replaceAll(name, value),
    expr,
  );

let folder: string;
let demo: DemoData;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auditrail-dashboards-'));
  demo = await startDemoData({ dataDir: folder });
}, 300_000);
afterAll(async () => {
  await demo?.stop();
  await rm(folder, { recursive: true, force: true });
});

const RESPONSE = z.object({ data: z.object({ result: z.array(z.unknown()) }) });

async function read(type: 'loki' | 'prometheus', query: string, instant: boolean): Promise<unknown[]> {
  const { stack, tenant, prometheusUrl } = demo;
  const now = Math.floor(Date.now() / 1000);
  const span = type === 'loki' ? 25 * 3600 : 600;
  const times = instant ? { time: String(now) } : { start: String(now - span), end: String(now) };
  const params = { query, ...times, ...(!instant && type === 'prometheus' && { step: '5' }) };
  const base = type === 'loki' ? `${stack.urls.gateway}/loki/api/v1` : `${prometheusUrl}/api/v1`;
  const response = await fetch(`${base}/${instant ? 'query' : 'query_range'}?${new URLSearchParams(params)}`, {
    headers: { Authorization: `Bearer ${stack.tokensFor(tenant).read}`, 'X-Scope-OrgID': tenant },
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${body}`);
  return RESPONSE.parse(JSON.parse(body)).data.result;
}

it('has panels with queries; only the list of alerts has none', () => {
  const without = boards.flatMap(({ panels }) => panels).filter(({ targets }) => targets.length === 0);
  expect(without.map(({ type }) => type)).toEqual(['alertlist']);
});

describe("on the demo's data, through the gateway", () => {
  it.each(queries)(
    '$name: "$title" shows data',
    async ({ expr, type, instant }) => {
      const query = withVariables(expr);
      expect(query).not.toContain('$');
      for (const end = Date.now() + 20_000; ; await sleep(300)) {
        if ((await read(type, query, instant)).length > 0) return;
        if (Date.now() > end) throw new Error(`no data for ${query}`);
      }
    },
    30_000,
  );
});
