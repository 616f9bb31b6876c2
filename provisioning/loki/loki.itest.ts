import { randomBytes } from 'node:crypto';
import { LABEL_ATTRIBUTES, lokiName } from '@auditrail/core';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';

const stack = testStack();

async function get(tenant: string, path: string, params: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${stack.urls.gateway}/loki/api/v1/${path}?${new URLSearchParams(params)}`, {
    headers: { Authorization: `Bearer ${stack.tokensFor(tenant).read}`, 'X-Scope-OrgID': tenant },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
}

it('has exactly the labels of core', async () => {
  const tenant = uniqueTenant('labels');
  await sendEntries(stack, tenant, [testEntry({ scope: { project: 'x' }, source: { ip: '10.0.0.1' } })]);
  await waitForTrail(stack, tenant, 1);
  const { data } = JSON.parse(await get(tenant, 'labels')) as { data: string[] };
  // Streams of late entries have an additional label of Loki.
  expect(data.filter((name) => !name.startsWith('__')).sort()).toEqual(LABEL_ATTRIBUTES.map(lokiName).sort());
});

it('returns 5,000 entries with a total of 20 MB in one page', async () => {
  const tenant = uniqueTenant('large');
  const filler = randomBytes(2_000).toString('hex');
  const entries = Array.from({ length: 5_000 }, () => testEntry({ description: filler }));
  for (let i = 0; i < entries.length; i += 250) await sendEntries(stack, tenant, entries.slice(i, i + 250));
  await waitForTrail(stack, tenant, entries.length, { timeoutMs: 30_000 });
  const now = Date.now();
  const response = await get(tenant, 'query_range', {
    query: '{audit_channel=~".+"}',
    start: `${now - 300_000}000000`,
    end: `${now + 60_000}000000`,
    limit: '5000',
  });
  expect(response.length).toBeGreaterThan(20_000_000);
  const { data } = JSON.parse(response) as { data: { result: { values: unknown[] }[] } };
  expect(data.result.flatMap(({ values }) => values)).toHaveLength(5_000);
}, 90_000);
