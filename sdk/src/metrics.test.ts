import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { createAuditMetrics, type AuditMetrics } from './metrics.ts';

let provider: MeterProvider | undefined;
let counts: AuditMetrics;
afterEach(async () => {
  counts.stop();
  metrics.disable();
  await provider?.shutdown();
});

function useProvider(): () => Promise<Record<string, { value: unknown; attributes: unknown; unit: string }[]>> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  metrics.setGlobalMeterProvider(provider);
  return async () => {
    exporter.reset();
    await provider?.forceFlush();
    const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return Object.fromEntries(
      all.map(({ descriptor: { name, unit }, dataPoints }) => [
        name,
        dataPoints.map(({ value, attributes }) => ({ value, attributes, unit })),
      ]),
    );
  };
}

const labels = { 'service.name': 'shop', 'audit.tenant': 'acme' };
const open = (oldestMs: () => number | undefined = () => undefined) =>
  createAuditMetrics({ service: 'shop', tenant: 'acme', depth: () => 3, oldestMs, bytes: () => 512 });

test("counts under OTEP 0267's names", async () => {
  const read = useProvider();
  counts = open(() => Date.now() - 5_000);
  counts.emitted(4);
  counts.emitted(1);
  counts.exported(2);
  counts.dropped(1, 'http_400');
  counts.dropped(2, 'SPOOL_FULL');
  counts.dropped(1, 'SPOOL_FULL');
  const found = await read();
  expect(found).toMatchObject({
    'audit.records.emitted': [{ value: 5, attributes: labels, unit: '{record}' }],
    'audit.records.exported': [{ value: 2, attributes: labels }],
    'audit.records.dropped': [
      { value: 1, attributes: { ...labels, reason: 'http_400' } },
      { value: 3, attributes: { ...labels, reason: 'SPOOL_FULL' } },
    ],
    'audit.queue.depth': [{ value: 3, attributes: labels }],
    'audit.spool.age': [{ attributes: labels, unit: 's' }],
    'audit.spool.bytes': [{ value: 512, attributes: labels, unit: 'By' }],
  });
  expect(found['audit.spool.age']?.[0]?.value).toBeCloseTo(5, 0);
});

test('entries before the app registered its provider count too', async () => {
  counts = open();
  counts.emitted(2);
  const read = useProvider();
  counts.emitted(1);
  const found = await read();
  expect(found['audit.records.emitted']?.[0]?.value).toBe(3);
  expect(found['audit.spool.age']?.[0]?.value).toBe(0);
  expect(found['audit.records.dropped']).toBeUndefined();
});

test('after stop nothing is reported', async () => {
  const read = useProvider();
  counts = open();
  counts.emitted(2);
  counts.stop();
  expect((await read())['audit.records.emitted'] ?? []).toEqual([]);
});
