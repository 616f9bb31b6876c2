import { randomBytes } from 'node:crypto';
import { canonicalJson } from '@auditrail/core';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { otlpLogs, postLogs, readTrail, sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';

const HOUR = 3_600_000;
const stack = testStack();

it('refuses applications without the right token', async () => {
  const tenant = uniqueTenant('token');
  const body = otlpLogs([testEntry()]);
  for (const token of ['', 'wrong', stack.tokens.grafana, stack.tokens.read]) {
    const { status } = await postLogs(stack.urls.collector, token, body, { 'X-Scope-OrgID': tenant });
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

it('gives a tenant to entries that name none', async () => {
  const entry = testEntry({ properties: { mark: randomBytes(8).toString('hex') } });
  const before = (await readTrail(stack, 'audit')).length;
  const { status } = await postLogs(stack.urls.collector, stack.tokens.write, otlpLogs([entry]));
  expect(status).toBe(200);
  const lines = await waitForTrail(stack, 'audit', before + 1);
  expect(lines.map(({ key }) => key)).toContain(entry.id);
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
  expect(lines.map(({ key }) => key)).toEqual(expect.arrayContaining(entries.map(({ id }) => id)));
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
  expect(lines.find(({ key }) => key === fast.id)?.line).toBe(canonicalJson(fast));
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
