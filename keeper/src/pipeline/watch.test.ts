import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PipelineWatch } from './watch.ts';

const MINUTE_MS = 60_000;
let lines: string[];
let status: number;
let server: Server;
let watch: PipelineWatch;
let now: number;
const logged: string[] = [];

beforeEach(async () => {
  [lines, status, now] = [[], 200, Date.parse('2026-11-21T06:00:00Z')];
  logged.length = 0;
  server = createServer((_, response) => {
    const always = ['loki_ingester_wal_disk_usage_percent 0.1', 'otelcol_process_uptime 1'];
    response.writeHead(status).end([...always, ...lines].join('\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const log = (_level: string, event: string) => void logged.push(event);
  watch = new PipelineWatch({ lokiMetrics: url, collectorMetrics: `${url}/metrics` }, log, () => now);
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

async function look(...metrics: string[]) {
  lines = metrics;
  await watch.look();
  now += MINUTE_MS;
}
const discarded = (tenant: string, count: number) =>
  `loki_discarded_samples_total{tenant="${tenant}",reason="line_too_long"} ${count}`;
const failed = (count: number) => `otelcol_exporter_send_failed_log_records{exporter="direct"} ${count}`;
const codes = (tenant: string) => watch.problemsOf(tenant).map(({ code }) => code);

it('reports to a tenant its own losses only, from the previous check on, for a quarter of an hour', async () => {
  await look(discarded('a', 7), failed(7));
  expect(codes('a')).toEqual([]);
  await look(discarded('a', 9), failed(9));
  await look(discarded('a', 10), failed(10));
  const since = Date.parse('2026-11-21T06:00:00Z');
  const problem = { code: 'LOKI_DISCARDS', reason: 'line_too_long', sinceMs: since };
  expect(watch.problemsOf('a')).toEqual([{ ...problem, lastMs: since + 2 * MINUTE_MS, count: 3 }]);
  // Neither directly, nor by the collector's counters for all tenants.
  expect(codes('b')).toEqual([]);
  for (let minute = 0; minute < 14; minute++) await look(discarded('a', 10), failed(10));
  expect(codes('a')).toEqual(['LOKI_DISCARDS']);
  await look(discarded('a', 10), failed(10));
  expect(codes('a')).toEqual([]);
});

it('reports to everyone what affects everyone, while it lasts', async () => {
  await look(failed(1));
  await look(failed(4));
  expect(watch.problemsOf('any')).toMatchObject([{ code: 'COLLECTOR_FAILS', count: 3 }]);
  await look(failed(4));
  expect(codes('any')).toEqual([]);
  status = 503;
  await look();
  expect(codes('any')).toEqual(['COLLECTOR_SILENT', 'LOKI_SILENT']);
  status = 200;
  await look(failed(4));
  expect(codes('any')).toEqual([]);
  expect(logged).toEqual(expect.arrayContaining(['pipeline problem over']));
});

it('shows people neither free space on disks nor refused forged entries', async () => {
  await look();
  await look(
    'otelcol_receiver_refused_log_records{receiver="otlp/grafana"} 1',
    'loki_ingester_wal_disk_usage_percent 0.8',
  );
  expect(codes('any')).toEqual([]);
  expect(logged).toHaveLength(2);
});

it('checks by itself only if there is something to check', async () => {
  watch.start();
  while (watch.checkedMs === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  await watch.stop();
  expect(watch.isOn).toBe(true);
  const off = new PipelineWatch({}, () => {});
  off.start();
  await off.stop();
  expect([off.isOn, off.checkedMs]).toEqual([false, undefined]);
});
