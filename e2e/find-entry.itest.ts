import { msToNs, type AuditEntryInput } from '@auditrail/core';
import { findEntries, httpLokiClient, type TrailLine } from '@auditrail/core/loki';
import { checkChainAround } from '@auditrail/core/verify';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { readTrail, sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { recordEntries } from './record-entries.ts';

// Finding an entry by its id, and checking the chain around an entry, in a real Loki.
const stack = testStack();
const tenant = uniqueTenant('find');
const clientOf = (tenant: string) =>
  httpLokiClient({
    url: stack.urls.gateway,
    tenant,
    headers: { Authorization: `Bearer ${stack.tokensFor(tenant).read}` },
  });
const loki = clientOf(tenant);
const DAY_MS = 86_400_000;
const now = Date.now();
const range = { start: msToNs(now - 200 * DAY_MS), end: msToNs(now + DAY_MS / 48) };

const imported = testEntry({ description: 'imported' }, { msAgo: 100 * DAY_MS });
const fresh = testEntry({ description: 'fresh' });
let chained: TrailLine[];

beforeAll(async () => {
  await sendEntries(stack, tenant, [imported, fresh]);
  const payments = Array.from({ length: 10 }, (_, i): AuditEntryInput => ({
    action: 'invoice.paid',
    description: `Paid ${i}`,
    actor: { type: 'system' },
  }));
  await recordEntries(stack, tenant, payments, { service: 'found' });
  // The fresh entry, the logger's ten, and its start and end. The imported entry is outside the default range.
  chained = (await waitForTrail(stack, tenant, 13)).filter(({ entry }) => entry?.service === 'found').reverse();
});

it.each([
  ['a new entry', fresh],
  ['an imported entry whose time is a hundred days before that of its id', imported],
])('finds %s', async (_, { id, description }) => {
  const found: TrailLine[] = [];
  for await (const lines of findEntries(loki, id, { range })) found.push(...lines);
  expect(found.map(({ entry }) => entry?.description)).toEqual([description]);
});

it('finds all entries that claim an id, at any distance in time', async () => {
  const copied = uniqueTenant('copied');
  const copy = testEntry({ id: fresh.id, description: 'copy' }, { msAgo: 20 * DAY_MS });
  await sendEntries(stack, copied, [fresh, { ...copy, id: fresh.id }]);
  await waitForTrail(stack, copied, 2);
  const found: TrailLine[] = [];
  for await (const lines of findEntries(clientOf(copied), fresh.id, { range })) {
    found.push(...lines);
  }
  expect(found.map(({ entry }) => entry?.description)).toEqual(['fresh', 'copy']);
});

it('does not find entries of another tenant or unknown ids', async () => {
  const other = clientOf(uniqueTenant('other'));
  expect(await findEntries(other, fresh.id, { range }).next()).toMatchObject({ done: true });
  const unknown = '019a8f3e-7a10-7000-8000-000000000001';
  expect(await findEntries(loki, unknown, { range }).next()).toMatchObject({ done: true });
});

const until = msToNs(now + DAY_MS);
const at = (seq: number) => chained.find(({ entry }) => entry?.chain?.seq === seq)!;

it('the chain of the SDK is intact around each entry', async () => {
  for (const seq of [1, 2, 5]) {
    expect(await checkChainAround(loki, at(seq), { until })).toMatchObject({ state: 'holds', findings: [] });
  }
});

it('an entry that was changed in the store is found', async () => {
  const forged = uniqueTenant('forged');
  const entries = (await readTrail(stack, tenant)).flatMap(({ entry }) => (entry?.service === 'found' ? entry : []));
  const changed = entries.map((entry) => (entry.chain?.seq === 5 ? { ...entry, description: 'Paid nothing' } : entry));
  await sendEntries(stack, forged, changed);
  const there = await waitForTrail(stack, forged, changed.length);
  const forgedLoki = clientOf(forged);
  const line = there.find(({ entry }) => entry?.chain?.seq === 5)!;
  expect(line.entry?.description).toBe('Paid nothing');
  expect(await checkChainAround(forgedLoki, line, { until })).toMatchObject({
    state: 'broken',
    findings: [{ kind: 'changed', seq: 5 }],
  });
});
