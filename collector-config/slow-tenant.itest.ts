import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type RunningStack } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';

const SLOW = 'slow';
const queueOf = (tenant: string) => createHash('sha256').update(tenant).digest('hex').charAt(0);
const others = ['acme', 'initech', 'umbrella'].filter((tenant) => queueOf(tenant) !== queueOf(SLOW));

let folder: string;
let stack: RunningStack;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-slow-tenant-'));
  const overrides = join(folder, 'overrides.yaml');
  // 10 bytes a second, and no burst: Loki answers every push of this tenant with 429.
  writeFileSync(overrides, `overrides:\n  ${SLOW}: { ingestion_rate_mb: 0.00001, ingestion_burst_size_mb: 0.00001 }\n`);
  stack = await startStack({ overrides });
}, 60_000);
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

it('a tenant over its rate limit does not delay the queued entries of other tenants', async () => {
  expect(others.length).toBeGreaterThan(1);
  await sendEntries(stack, SLOW, [testEntry()]);
  for (let i = 0; i < 20; i++) {
    for (const tenant of others) await sendEntries(stack, tenant, [testEntry({ description: String(i) })]);
  }
  for (const tenant of others) expect(await waitForTrail(stack, tenant, 20)).toHaveLength(20);

  // Loki has refused the first tenant's entry all this time; the queue keeps it.
  const metrics = await (await fetch(stack.urls.collectorMetrics)).text();
  const sizes = [...metrics.matchAll(/^otelcol_exporter_queue_size\{.*exporter="([^"]+)".*\} (\d+)/gm)]
    .filter(([, , size]) => size !== '0')
    .map(([, exporter]) => exporter);
  expect(sizes).toEqual([`otlp_http/loki_${queueOf(SLOW)}`]);
}, 60_000);
