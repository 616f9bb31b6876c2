import { formatTime, msToNs, type AuditEntryInput } from '@auditrail/core';
import { countEntries, httpLokiClient, readEntries, readFieldValues } from '@auditrail/core/loki';
import { testStack, uniqueTenant } from '../stack/src/testing/test-stack.ts';
import { recordEntries } from './record-entries.ts';

test('counting and reading agree to the nanosecond at both ends of a range', async () => {
  const stack = testStack();
  const tenant = uniqueTenant('counting');
  const loki = httpLokiClient({
    url: stack.urls.gateway,
    tenant,
    headers: { Authorization: `Bearer ${stack.tokensFor(tenant).read}` },
  });
  const start = msToNs(Date.now()) - msToNs(600_000);
  const end = start + msToNs(300_000);
  const times = { before: start - 1n, first: start, last: end - 1n, after: end };
  const entries = Object.entries(times).map(([action, ns]): AuditEntryInput => ({
    action,
    time: formatTime(ns),
    description: '',
    actor: { type: 'system' },
  }));
  await recordEntries(stack, tenant, entries, { service: 'x' });

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
