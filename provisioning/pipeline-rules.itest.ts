import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { metrics } from '@opentelemetry/api';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { createAuditLogger } from '@auditrail/sdk';
import { ensureDebianPackage, freePort, inRoot, startStack, type RunningStack } from '@auditrail/stack';
import { stringify } from 'yaml';
import { createPart, type Part } from '../stack/src/services/part.ts';
import { analyserMetrics } from '../keeper/src/analyser/metrics.ts';
import { catchUpMetrics } from '../keeper/src/catch-up/metrics.ts';
import { EVERY_SECONDS, PIPELINE_RULES } from './pipeline-rules.ts';

const RULES = inRoot('provisioning/prometheus/auditrail.rules.yaml');
const REFUSED = 'refused';

let folder: string;
let promtool: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-pipeline-rules-'));
  promtool = await ensureDebianPackage('prometheus', 'promtool');
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// A loss after 90 seconds, with a scrape every 15 s.
const LOSS = '0x5 3x20';
const FIRST_LOSS = '_x6 3x20';
const CASES: Record<string, Record<string, string>> = {
  AuditrailLokiRefusesEntries: { 'loki_discarded_samples_total{tenant="a",reason="line_too_long"}': FIRST_LOSS },
  AuditrailLokiDiskFull: { loki_ingester_wal_disk_full_failures_total: LOSS },
  AuditrailLokiDiskFills: { loki_ingester_wal_disk_usage_percent: '0.1x5 0.85x20' },
  AuditrailLokiWalFails: { prometheus_tsdb_wal_writes_failed_total: LOSS },
  AuditrailCollectorDropsEntries: {
    'otelcol_exporter_send_failed_log_records{exporter="q"}': FIRST_LOSS,
    'otelcol_exporter_queue_capacity{exporter="q",data_type="logs"}': '100x30',
  },
  AuditrailCollectorRefusesEntries: { 'otelcol_receiver_refused_log_records_total{receiver="otlp"}': '0x5 3+3x20' },
  AuditrailQueueFills: {
    'otelcol_exporter_sent_log_records{exporter="q"}': '1+1x30',
    'otelcol_exporter_queue_size{exporter="q",data_type="logs"}': '0x5 51x20',
    'otelcol_exporter_queue_capacity{exporter="q",data_type="logs"}': '100x30',
  },
  AuditrailQueueStuck: {
    'otelcol_exporter_queue_size{exporter="q",data_type="logs"}': '0x5 1x20',
    'otelcol_exporter_queue_capacity{exporter="q",data_type="logs"}': '100x30',
    'otelcol_exporter_sent_log_records{exporter="q"}': '7x30',
  },
  AuditrailKeeperMissesEntries: {
    'otelcol_exporter_enqueue_failed_log_records{exporter="otlp_http/keeper"}': FIRST_LOSS,
    'otelcol_exporter_queue_capacity{exporter="otlp_http/keeper",data_type="logs"}': '100x30',
  },
  AuditrailKeeperBehind: {
    'otelcol_exporter_queue_size{exporter="otlp_http/keeper",data_type="logs"}': '0x5 1x20',
    'otelcol_exporter_queue_capacity{exporter="otlp_http/keeper",data_type="logs"}': '100x30',
    'otelcol_exporter_sent_log_records{exporter="otlp_http/keeper"}': '7x30',
  },
  AuditrailEntriesNotRecorded: {
    'audit_records_dropped_total{service_name="s",audit_tenant="a",reason="x"}': FIRST_LOSS,
  },
  AuditrailEntriesNotStored: { 'audit_records_resent_total{service_name="s",audit_tenant="a"}': LOSS },
  AuditrailEntriesNotSeen: { 'audit_records_unproven_total{service_name="s",audit_tenant="a"}': LOSS },
  AuditrailEntriesWait: { 'audit_spool_age_seconds{service_name="s",audit_tenant="a"}': '0x5 0+15x20' },
  AuditrailRequestsNotRecorded: {
    'audit_requests_unrecorded_total{http_route="/a",http_request_method="POST"}': FIRST_LOSS,
  },
  AuditrailEntriesMissingInLoki: { 'auditrail_keeper_missing_in_loki_entries{tenant="a"}': '0x5 2x20' },
  // Times in tests start at 0.
  AuditrailKeeperOverdue: { 'auditrail_keeper_compared_to_timestamp_seconds{tenant="a"}': '-100x5 -4000x20' },
  AuditrailAnalyserBehind: { 'auditrail_analyser_lag_seconds{tenant="a"}': '0x5 121x20' },
  AuditrailArchiveFails: { auditrail_keeper_archive_failing_days: '0x5 1x20' },
  AuditrailMetricsMissing: { loki_ingester_wal_disk_full_failures_total: '0x5 stale' },
};
const HEALTHY = { otelcol_process_uptime: '1+15x30', loki_ingester_wal_disk_full_failures_total: '0x30' };
const ONSET_SECONDS = 90;

// These metrics only exist after a failure. The last one is tested in sdk/src/http.
const ONLY_AFTER_FAILURE =
  /^(?:otelcol_exporter_enqueue_failed|loki_ingester_wal_corruptions_total|audit_requests_unrecorded_total)/;

it.each(PIPELINE_RULES.map(({ id }) => id))('%s fires within two minutes of the onset, alone, and not before', (id) => {
  const series = { ...HEALTHY, ...CASES[id] };
  const file = join(folder, 'test.yaml');
  const at = (seconds: number, firing: boolean) =>
    PIPELINE_RULES.map((rule) => ({
      expr: `count(ALERTS{alertname="${rule.id}",alertstate="firing"})`,
      eval_time: `${seconds}s`,
      exp_samples: firing && rule.id === id ? [{ value: 1 }] : [],
    }));
  const test = {
    interval: '15s',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [...at(ONSET_SECONDS - 15, false), ...at(ONSET_SECONDS + 120, true)],
  };
  writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: `${EVERY_SECONDS}s`, tests: [test] }));
  expect(execFileSync(promtool, ['test', 'rules', file], { encoding: 'utf8' })).toContain('SUCCESS');
});

it('has a case for each rule, and a file that promtool accepts', () => {
  expect(Object.keys(CASES)).toEqual(PIPELINE_RULES.map(({ id }) => id));
  expect(execFileSync(promtool, ['check', 'rules', RULES], { encoding: 'utf8' })).toContain(
    `${PIPELINE_RULES.length} rules found`,
  );
});

it('uses the metrics of the keeper', () => {
  const status = { added: 0, waiting: 0, missingInLoki: 0 };
  const analyser = {
    tenant: 'a',
    counts: { entries: 0, findings: new Map(), held: 0 },
    lagsSinceNs: 0n,
    isFailed: false,
  };
  const text = catchUpMetrics({ tenants: ['a'], statusOf: () => status }) + analyserMetrics([analyser], 0);
  const used = PIPELINE_RULES.flatMap(({ query }) => query.match(/auditrail_(?!keeper_archive)\w+/g) ?? []);
  expect(used.length).toBeGreaterThan(4);
  for (const name of used) expect(text).toContain(`\n${name}{tenant="a"} `);
});

describe('with a real Prometheus, collector and Loki', () => {
  let stack: RunningStack;
  let prometheus: Part | undefined;
  let address: string;
  let sdkNames: string[];

  beforeAll(async () => {
    const overrides = join(folder, 'overrides.yaml');
    writeFileSync(overrides, `overrides:\n  ${REFUSED}:\n    max_line_size: 100\n`);
    stack = await startStack({ dataDir: join(folder, 'stack'), overrides });
    sdkNames = await metricsOfLogger();

    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    const rules = join(folder, 'rules.yaml');
    writeFileSync(rules, readFileSync(RULES, 'utf8').replace(`interval: ${EVERY_SECONDS}s`, 'interval: 1s'));
    const scraped = [stack.urls.loki, stack.urls.collectorMetrics].map((url) => new URL(url).host);
    const config = join(folder, 'prometheus.yaml');
    writeFileSync(
      config,
      stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: [rules],
        scrape_configs: [{ job_name: 'all', static_configs: [{ targets: scraped }] }],
      }),
    );
    prometheus = createPart({
      ...{ name: 'Prometheus', command: await ensureDebianPackage('prometheus', 'prometheus'), env: {} },
      args: [
        ...[`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'prometheus')}`],
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      ...{ logFile: join(folder, 'prometheus.log'), readyUrl: `${address}/-/ready` },
      onCrash: (message) => console.error(message),
    });
    await prometheus.start();
  }, 300_000);
  afterAll(async () => {
    await prometheus?.stop();
    await stack?.stop();
  });

  /** Sends an entry that Loki refuses and one that the logger refuses. @returns the names of the logger's metrics */
  async function metricsOfLogger(): Promise<string[]> {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const provider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    });
    metrics.setGlobalMeterProvider(provider);
    const audit = createAuditLogger({
      ...{ service: 'rules-test', spool: join(folder, 'spool'), endpoint: stack.urls.collector },
      ...{ token: stack.tokensFor(REFUSED).write, tenant: REFUSED, log: { warn: () => {}, error: () => {} } },
    });
    const actor = { type: 'system', id: 'x' } as const;
    await audit.record({ action: 'a.b', channel: 'c', description: 'too long '.repeat(30), actor });
    await expect(audit.record({ action: '', channel: 'c', description: 'd', actor })).rejects.toThrow();
    await provider.forceFlush();
    await audit.shutdown({ timeoutMs: 2_000 });
    await provider.shutdown();
    metrics.disable();
    const found = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return found.flatMap(({ descriptor: { name } }) => {
      const plain = name.replaceAll('.', '_');
      return [plain, `${plain}_total`];
    });
  }

  async function get<T>(path: string): Promise<T> {
    return ((await (await fetch(`${address}/api/v1/${path}`)).json()) as { data: T }).data;
  }

  async function until<T>(find: () => Promise<T | undefined>): Promise<T> {
    for (const end = Date.now() + 20_000; Date.now() < end; await sleep(250)) {
      const found = await find();
      if (found) return found;
    }
    throw new Error('not found within 20 s');
  }

  it('only uses existing metrics', async () => {
    const used = PIPELINE_RULES.flatMap(({ query }) => [
      ...[...query.matchAll(/__name__=~"([^"]+)"/g)].map(([, pattern]) => pattern ?? ''),
      ...(query.replace(/"[^"]*"/g, '').match(/\b(?:loki|otelcol|audit|prometheus)_\w+/g) ?? []),
    ]);
    const expected = used.filter((name) => name !== 'audit_tenant' && !ONLY_AFTER_FAILURE.test(name));
    expect(expected.length).toBeGreaterThan(15);
    let missing = expected;
    for (const end = Date.now() + 20_000; missing.length > 0 && Date.now() < end; await sleep(250)) {
      const names = [...(await get<string[]>('label/__name__/values')), ...sdkNames];
      missing = expected.filter((pattern) => !names.some((name) => new RegExp(`^(?:${pattern})$`).test(name)));
    }
    expect(missing).toEqual([]);
  }, 60_000);

  it('reports that Loki refuses entries of a tenant', async () => {
    interface Alert {
      labels: Record<string, string>;
      annotations: Record<string, string>;
      state: string;
    }
    const alert = await until(async () => {
      const { alerts } = await get<{ alerts: Alert[] }>('alerts');
      return alerts.find(({ labels }) => labels['alertname'] === 'AuditrailLokiRefusesEntries');
    });
    expect(alert).toMatchObject({
      state: 'firing',
      labels: { severity: 'critical', source: 'auditrail', tenant: REFUSED, reason: 'line_too_long' },
      annotations: { summary: `Loki refuses audit entries of tenant ${REFUSED}: line_too_long` },
    });
    const { groups } = await get<{ groups: { rules: { name: string; health: string }[] }[] }>('rules');
    const failing = groups.flatMap(({ rules }) => rules).filter(({ health }) => health !== 'ok');
    expect(failing).toEqual([]);
  }, 60_000);
});
