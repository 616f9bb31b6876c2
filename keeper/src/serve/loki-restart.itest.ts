import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson, formatTime, msToNs, type AuditEntry } from '@auditrail/core';
import { startStack, uniqueTenant, type RunningStack } from '@auditrail/stack';
import { otlpLogs, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { GatewayTokenSet } from '../gateway-tokens/index.ts';
import { exportEngine } from './engine.ts';
import { bearer, keeperLab } from './testing/keeper-lab.ts';

const tenant = uniqueTenant('restart');
const COUNT = 12_000;
const HOUR_MS = 3_600_000;
const base = Math.floor(Date.now() / 1_000) * 1_000 - 10 * HOUR_MS;
const entries: AuditEntry[] = Array.from({ length: COUNT }, (_, i) => ({
  ...testEntry({ description: `${i} ${'x'.repeat(300)}` }),
  time: formatTime(msToNs(base - i * 2)),
}));

// The test's own stack: it kills Loki.
let stack: RunningStack;
let lab: Awaited<ReturnType<typeof keeperLab>>;
beforeAll(async () => {
  stack = await startStack();
  for (let at = 0; at < COUNT; at += 2_000) {
    const response = await fetch(`${stack.urls.loki}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Scope-OrgID': tenant },
      body: otlpLogs(entries.slice(at, at + 2_000)),
    });
    if (!response.ok) throw new Error(await response.text());
  }
  await waitForTrail(stack, tenant, COUNT);
  lab = await keeperLab();
  const { urls, tokensFor } = stack;
  const tokens = new GatewayTokenSet(tokensFor(tenant).read);
  const keyFile = join(lab.folder, 'key.pem');
  await lab.restart({ engine: exportEngine({ url: urls.gateway, tokens, keyFile }) });
}, 240_000);
afterAll(async () => {
  await lab.close();
  await stack.stop();
}, 60_000);

it('an export continues after Loki was killed in its middle, and contains exactly the stored entries', async () => {
  const headers = bearer(lab.tokenFor(tenant).secret);
  const range = { from: formatTime(msToNs(base - HOUR_MS)), to: formatTime(msToNs(base + 1_000)) };
  const { id } = (await lab.start(headers, range)).body;
  const look = async () => (await lab.ask(`/v1/exports/${String(id)}`, headers)).body;
  while ((await look())['status'] === 'queued') await sleep(5);
  await stack.loki.kill();
  await sleep(2_000);
  expect(await look()).toMatchObject({ status: 'running' });
  await stack.loki.start();
  expect(await lab.finished(headers, id)).toMatchObject({ status: 'completed', rows: COUNT });
  const content = readFileSync(join(lab.folder, 'files', String(id), 'Q3.ndjson'), 'utf8');
  expect(content === entries.map((entry) => `${canonicalJson(entry)}\n`).join('')).toBe(true);
}, 180_000);
