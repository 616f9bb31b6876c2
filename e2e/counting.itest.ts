import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTime, msToNs } from '@auditrail/core';
import { countEntries, httpLokiClient, readEntries, readFieldValues } from '@auditrail/core/loki';
import { createAuditLogger } from '@auditrail/sdk';
import { testStack, uniqueTenant } from '../stack/src/testing/test-stack.ts';

test('counting and reading agree to the nanosecond at both ends of a range', async () => {
  const { urls, tokensFor } = testStack();
  const tenant = uniqueTenant('counting');
  const spool = mkdtempSync(join(tmpdir(), 'counting-'));
  const audit = createAuditLogger({
    service: 'x',
    tenant,
    endpoint: urls.collector,
    token: tokensFor(tenant).write,
    spool,
  });
  const loki = httpLokiClient({
    url: urls.gateway,
    tenant,
    headers: { Authorization: `Bearer ${tokensFor(tenant).read}` },
  });
  const start = msToNs(Date.now()) - msToNs(600_000);
  const end = start + msToNs(300_000);
  for (const [action, ns] of [
    ['before', start - 1n],
    ['first', start],
    ['last', end - 1n],
    ['after', end],
  ] as const) {
    await audit.record({ action, time: formatTime(ns), description: '', actor: { type: 'system' } });
  }
  await audit.flush();
  await audit.shutdown();
  rmSync(spool, { recursive: true, force: true });

  const wide = { start: start - 1_000_000n, end: end + 1_000_000n };
  const deadline = Date.now() + 20_000;
  while ((await countEntries(loki, { range: wide })) < 4 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const range = { start, end };
  const read: (string | undefined)[] = [];
  for await (const page of readEntries(loki, { range })) read.push(...page.map(({ entry }) => entry?.action));
  expect(read).toEqual(['last', 'first']);
  expect(await countEntries(loki, { range })).toBe(2);
  expect((await readFieldValues(loki, 'action', { range })).map(({ value }) => value).sort()).toEqual([
    'first',
    'last',
  ]);
});
