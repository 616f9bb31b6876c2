import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, formatTime, LIMITS, lokiName, msToNs, parseTime, TIME_CLAIMED } from '@auditrail/core';
import { storedTime } from '@auditrail/core/loki';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { otlpLogs, postLogs, sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { sendRecords } from './testing.ts';

const HOUR = 3_600_000;
const stack = testStack();

async function metadataOf(tenant: string, id: string): Promise<Record<string, string> | undefined> {
  const query = new URLSearchParams({ query: `{audit_channel=~".+"} | audit_record_id="${id}"` });
  const answer = await fetch(`${stack.urls.loki}/loki/api/v1/query_range?${query}`, {
    headers: { 'X-Scope-OrgID': tenant },
  });
  const { data } = (await answer.json()) as { data: { result: { stream: Record<string, string> }[] } };
  return data.result[0]?.stream;
}

it('takes nothing but what the gateway sends', async () => {
  const tenant = uniqueTenant('token');
  const body = otlpLogs([testEntry()]);
  const { collectorUrl, tokens } = stack.behind;
  for (const token of ['', 'wrong', tokens.collectorGrafana, stack.tokensFor(tenant).write]) {
    const { status } = await postLogs(collectorUrl, token, body, { 'X-Scope-OrgID': tenant });
    expect(status).toBe(401);
  }
  await sendEntries(stack, tenant, [testEntry({ action: 'last.one' })]);
  const lines = await waitForTrail(stack, tenant, 1);
  expect(lines.map(({ entry }) => entry?.action)).toEqual(['last.one']);
});

it('keeps two tenants apart', async () => {
  const [a, b] = [uniqueTenant('a'), uniqueTenant('b')];
  const [ofA, ofB] = [testEntry({ description: 'A' }), testEntry({ description: 'B' })];
  await Promise.all([sendEntries(stack, a, [ofA]), sendEntries(stack, b, [ofB])]);
  expect((await waitForTrail(stack, a, 1)).map(({ line }) => line)).toEqual([canonicalJson(ofA)]);
  expect((await waitForTrail(stack, b, 1)).map(({ line }) => line)).toEqual([canonicalJson(ofB)]);
});

it.each([
  ['', 'X-Scope-OrgID is missing'],
  ['acme!', 'is not a tenant'],
  ['a|b', 'is not a tenant'],
  ['.a', 'is not a tenant'],
  ['x'.repeat(65), 'is not a tenant'],
])('refuses the tenant "%s" on every receiver, and says so', async (tenant, words) => {
  const { collectorUrl, collectorGrafanaUrl, tokens } = stack.behind;
  const headers: Record<string, string> = tenant ? { 'X-Scope-OrgID': tenant } : {};
  const entries = otlpLogs([testEntry()]);
  for (const wait of ['loki', 'queue']) {
    const more = { ...headers, 'X-Auditrail-Wait': wait };
    const response = await postLogs(collectorUrl, tokens.collector, entries, more);
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining(words)]);
  }
  const context = { 'X-Grafana-Context': JSON.stringify({ Login: 'ada', UserUID: 'u1' }) };
  const entry = otlpLogs([testEntry({ action: 'audit.x' })]);
  const more = { ...headers, ...context };
  const ofGrafana = await postLogs(collectorGrafanaUrl, tokens.collectorGrafana, entry, more);
  expect([ofGrafana.status, await ofGrafana.text()]).toEqual([503, expect.stringContaining(words)]);
});

it('shows entries that are days late at once, beside live ones', async () => {
  const tenant = uniqueTenant('late');
  await sendEntries(stack, tenant, [testEntry()]);
  await waitForTrail(stack, tenant, 1);
  // One request each, as a backlog drains while others are live; all in one stream by their labels.
  const ages = [300, 0, 3, 0, 4, 100, 1, 2, 2.5, 0, 3, 5, 299, 650, 0];
  const entries = ages.map((hours) => testEntry({}, { msAgo: hours * HOUR }));
  for (const entry of entries) await sendEntries(stack, tenant, [entry]);
  const lines = await waitForTrail(stack, tenant, ages.length + 1);
  expect(new Set(lines.map(({ key }) => key))).toEqual(expect.objectContaining({ size: ages.length + 1 }));
  expect(lines.map(({ entry }) => entry?.id)).toEqual(expect.arrayContaining(entries.map(({ id }) => id)));
});

it('takes entries of a clock that is a day fast, under the time of arrival, and those after it', async () => {
  const tenant = uniqueTenant('fast');
  const fast = testEntry({ description: 'fast' }, { msAgo: -24 * HOUR });
  await sendEntries(stack, tenant, [fast]);
  // A clock that is a little fast keeps its time, and must not close the stream to the others.
  const ahead = testEntry({ description: 'ahead' }, { msAgo: -15 * 60_000 });
  await sendEntries(stack, tenant, [ahead]);
  const late = [0, 1, 1.9].map((hours) => testEntry({ description: `${hours}` }, { msAgo: hours * HOUR }));
  for (const entry of late) await sendEntries(stack, tenant, [entry]);
  const lines = await waitForTrail(stack, tenant, 5);
  expect(lines.map(({ entry }) => entry?.description)).toEqual(['ahead', '0', 'fast', '1', '1.9']);
  expect(lines.find(({ entry }) => entry?.id === fast.id)?.line).toBe(canonicalJson(fast));
});

it.each([
  ['1970', '1970-01-01T00:00:00.000000001Z'],
  ['the day before the first', '1989-12-31T23:59:59.999999999Z'],
  ['2038', '2038-01-19T03:14:07.000000001Z'],
])('stores what claims a time of %s under the time of arrival, and keeps the claim', async (_, time) => {
  const tenant = uniqueTenant('claim');
  const before = msToNs(Date.now());
  const claiming = { ...testEntry(), time };
  await sendEntries(stack, tenant, [claiming, testEntry()]);
  const lines = await waitForTrail(stack, tenant, 2);
  const line = lines.find(({ entry }) => entry?.id === claiming.id);
  expect(line?.line).toBe(canonicalJson(claiming));
  expect(line?.ns).toBeGreaterThanOrEqual(before);
  expect(line && storedTime(line)).toBe(formatTime(line?.ns ?? 0n));
  expect(await metadataOf(tenant, claiming.id)).toMatchObject({ [lokiName(TIME_CLAIMED)]: time });
});

it('keeps the first time that core takes, and it can be read', async () => {
  const tenant = uniqueTenant('first');
  const first = { ...testEntry(), time: LIMITS.firstTime };
  await sendEntries(stack, tenant, [first]);
  const start = parseTime(LIMITS.firstTime) ?? 0n;
  const [line] = await waitForTrail(stack, tenant, 1, { range: { start, end: start + 1n } });
  expect(line).toMatchObject({ entry: { id: first.id }, ns: start });
  expect(line && storedTime(line)).toBeUndefined();
});

it('takes a record without a time under that of its observation, or of its arrival', async () => {
  const tenant = uniqueTenant('timeless');
  const observedAt = msToNs(Date.now() - HOUR);
  const before = msToNs(Date.now());
  const more = { observedTimeUnixNano: String(observedAt) };
  const attributes = { 'audit.channel': 'auth' };
  await sendRecords(stack, tenant, [
    { body: 'observed', attributes, ns: 0n, more },
    { body: 'arrived', attributes, ns: 0n },
  ]);
  const lines = await waitForTrail(stack, tenant, 2);
  expect(lines.find(({ line }) => line === 'observed')?.ns).toBe(observedAt);
  expect(lines.find(({ line }) => line === 'arrived')?.ns).toBeGreaterThanOrEqual(before);
});

it("has the bounds of time that core has, and Loki's are no narrower", () => {
  const root = join(import.meta.dirname, '..');
  const collector = readFileSync(join(root, 'collector-config/collector.yaml'), 'utf8');
  const clock = collector.split('transform/clock:')[1]?.split('transform/grafana:')[0] ?? '';
  const firsts = [...clock.matchAll(/time_unix_nano < (\d{2,})/g)].map(([, ns]) => BigInt(ns ?? 0));
  expect(new Set(firsts)).toEqual(new Set([parseTime(LIMITS.firstTime)]));
  const aheads = [...clock.matchAll(/Duration\("(\d+)m"\)/g)].map(([, minutes]) => Number(minutes) * 60_000);
  expect(new Set(aheads)).toEqual(new Set([LIMITS.aheadMs]));
  const loki = readFileSync(join(root, 'provisioning/loki/loki.yaml'), 'utf8');
  expect(loki).toContain(`- from: ${LIMITS.firstTime.slice(0, 10)}\n`);
  const [, grace] = /creation_grace_period: (\d+)m/.exec(loki) ?? [];
  expect(Number(grace) * 60_000).toBeGreaterThan(LIMITS.aheadMs);
});

it('keeps values of 100 kB byte for byte', async () => {
  const tenant = uniqueTenant('long');
  const long = 'é"\\\n😀'.repeat(10_000);
  const entry = testEntry({
    description: long,
    actor: { type: 'user', name: long, email: long, id: long },
    target: { type: long, id: long, name: long },
  });
  await sendEntries(stack, tenant, [entry]);
  const [line] = await waitForTrail(stack, tenant, 1);
  expect(line?.line === canonicalJson(entry)).toBe(true);
});
