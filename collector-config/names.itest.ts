import { setTimeout as sleep } from 'node:timers/promises';
import { attributeText, LIMITS } from '@auditrail/core';
import { type Filter } from '@auditrail/core/query';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { postLogs, readTrail, waitForTrail } from '@auditrail/stack/testing';

type Value = { stringValue: string } | { arrayValue: object } | { kvlistValue: object };
type Attribute = { key: string; value: Value };
interface Sent {
  body: string;
  attributes?: Attribute[];
  resource?: Attribute[];
  scope?: Attribute[];
}

const stack = testStack();
const text = (stringValue: string): Value => ({ stringValue });
const list = (values: Value[]): Value => ({ arrayValue: { values } });
const CHANNEL = { key: 'audit.channel', value: text('auth') };
const SERVICE = { key: 'service.name', value: text('shop') };
const DAY_NS = 86_400_000_000_000n;

// One request with records as other senders write them; each at a nanosecond of its own.
async function send(tenant: string, records: Sent[]): Promise<void> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const resourceLogs = records.map(({ body, attributes = [CHANNEL], resource = [SERVICE], scope = [] }, i) => {
    const record = { timeUnixNano: String(now + BigInt(i)), body: text(body), attributes };
    return { resource: { attributes: resource }, scopeLogs: [{ scope: { attributes: scope }, logRecords: [record] }] };
  });
  const body = JSON.stringify({ resourceLogs });
  const response = await postLogs(stack.urls.collector, stack.tokensFor(tenant).write, body, {
    'X-Scope-OrgID': tenant,
  });
  expect({ status: response.status, body: await response.text() }).toEqual({ status: 200, body: expect.anything() });
}

// A record with an action is stored as an entry, which has its body as description.
const bodyOf = (line: string) =>
  line.startsWith('{') ? (JSON.parse(line) as { description: string }).description : line;

/** Labels and metadata by body, of everything that a page could show. */
async function read(tenant: string, lines: number): Promise<Map<string, Record<string, string>>> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const range = { start: String(now - DAY_NS), end: String(now + DAY_NS) };
  const query = new URLSearchParams({ query: '{audit_channel=~".+"}', limit: '1000', ...range });
  const byBody = new Map<string, Record<string, string>>();
  for (const deadline = Date.now() + 15_000; Date.now() < deadline && byBody.size < lines; await sleep(200)) {
    const url = `${stack.urls.loki}/loki/api/v1/query_range?${query}`;
    const answer = await fetch(url, { headers: { 'X-Scope-OrgID': tenant } });
    type Answer = { data: { result: { stream: Record<string, string>; values: [string, string][] }[] } };
    for (const { stream, values } of ((await answer.json()) as Answer).data.result) {
      for (const [, line] of values) byBody.set(bodyOf(line), stream);
    }
  }
  return byBody;
}

it('stores records whose attributes have names that Loki refuses, and their neighbors', async () => {
  const tenant = uniqueTenant('names');
  // The first one is cut to dashes only.
  const names = ['-'.repeat(64) + 'a', '', ' ', 'ü', '日本語', '_', '__', '#', '.', '-', '\u0000'];
  const odd = (key: string): Attribute[] => [{ key, value: text(`of ${key}`) }];
  const records = names.flatMap((name, i): Sent[] => [
    { body: `neighbor ${i}` },
    { body: `log ${i}`, attributes: [CHANNEL, ...odd(name)] },
    { body: `resource ${i}`, resource: [SERVICE, ...odd(name)] },
    { body: `scope ${i}`, scope: odd(name) },
    { body: `map ${i}`, attributes: [CHANNEL, { key: name, value: { kvlistValue: { values: odd(name) } } }] },
  ]);
  const all = names.flatMap(odd);
  await send(tenant, [...records, { body: 'all', attributes: [CHANNEL, ...all] }]);
  const stored = await read(tenant, records.length + 1);
  expect([...stored.keys()].sort()).toEqual([...records.map(({ body }) => body), 'all'].sort());
  const renamed = Object.entries(stored.get('all') ?? {}).filter(([key]) => key.startsWith('unnamed_'));
  expect(renamed.map(([, value]) => value).sort()).toEqual(names.map((name) => `of ${name}`).sort());
});

it("keeps records of other senders below Loki's bounds, and counts what was left out", async () => {
  const tenant = uniqueTenant('bounds');
  const long = '日'.repeat(3_000);
  const many = (count: number, size = 3_000): Attribute[] =>
    Array.from({ length: count }, (_, i) => ({ key: `${'k'.repeat(size)}${i}`, value: text(long) }));
  const short = Array.from({ length: 300 }, (_, i) => ({ key: `k${i}`, value: text(long) }));
  const groups = { key: 'audit.actor.group', value: list([text('admins'), text('staff')]) };
  await send(tenant, [
    { body: 'many', attributes: [...short, CHANNEL, groups], resource: [...short, SERVICE], scope: short },
    { body: 'list', attributes: [CHANNEL, { key: 'list', value: list(Array(300).fill(text(long)) as Value[]) }] },
    { body: 'long names', attributes: [CHANNEL, ...many(2)] },
    { body: 'full', attributes: [CHANNEL, groups, ...short.slice(0, 48)], resource: short, scope: short },
    { body: 'neighbor' },
  ]);
  const stored = await read(tenant, 5);
  expect([...stored.keys()].sort()).toEqual(['full', 'list', 'long names', 'many', 'neighbor']);
  const most = stored.get('many');
  expect(most).toMatchObject({
    audit_channel: 'auth',
    service_name: 'shop',
    audit_actor_group: '["admins","staff"]',
    dropped_attributes_count: '221',
  });
  expect(stored.get('list')).toMatchObject({ dropped_attributes_count: '221' });
  expect(stored.get('long names')).toMatchObject({ dropped_attributes_count: '1' });
  expect(stored.get('full')?.['dropped_attributes_count']).toBeUndefined();
});

it('gives a channel and a service to records that have none, so that the page shows them', async () => {
  const tenant = uniqueTenant('channel');
  const action = (value: Value): Attribute[] => [{ key: 'audit.action', value }];
  const empty = { key: 'audit.channel', value: text('') };
  const map = { key: 'audit.channel', value: { kvlistValue: { values: [CHANNEL] } } };
  const long = '日'.repeat(1_000);
  const cut = attributeText(long, LIMITS.serviceBytes);
  const kept = { body: 'kept', attributes: [CHANNEL, ...action(text('user.login'))] };
  const records: (Sent & { channel: string; service?: string })[] = [
    { ...kept, channel: 'auth' },
    { body: 'nothing', attributes: [], resource: [], channel: 'other', service: 'unknown_service' },
    { body: 'action', attributes: action(text('user.login')), channel: 'user' },
    { body: 'one word', attributes: action(text('login')), channel: 'login' },
    { body: 'empty', attributes: [empty, ...action(text('user.login'))], channel: 'user' },
    { body: 'not a word', attributes: action(text('ü.login')), channel: 'other' },
    { body: 'a list', attributes: action(list([text('a.b')])), channel: 'other' },
    { body: 'a map', attributes: [map], channel: 'other' },
    { ...kept, body: 'a long name', resource: [{ ...SERVICE, value: text(long) }], channel: 'auth', service: cut },
    {
      ...kept,
      body: 'no name',
      resource: [{ ...SERVICE, value: text('') }],
      channel: 'auth',
      service: 'unknown_service',
    },
  ];
  await send(tenant, records);
  const lines = await waitForTrail(stack, tenant, records.length);
  expect(lines.map(({ line }) => bodyOf(line)).sort()).toEqual(records.map(({ body }) => body).sort());
  const stored = await read(tenant, records.length);
  for (const { body, channel, service = 'shop' } of records) {
    expect([body, stored.get(body)]).toMatchObject([body, { audit_channel: channel, service_name: service }]);
  }
  const filters: Filter[] = [{ field: 'service', operator: 'is', values: [long] }];
  const found = await readTrail(stack, tenant, { query: { filters } });
  expect(found.map(({ line }) => bodyOf(line))).toEqual(['a long name']);
});

it('bounds name and version of the scope and the severity, and keeps the neighbors', async () => {
  const tenant = uniqueTenant('scope');
  const long = 'n'.repeat(200_000);
  const record = (body: string, more: object = {}) => ({
    timeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    body: text(body),
    attributes: [CHANNEL],
    ...more,
  });
  const scopeLogs = [
    { scope: { name: long, version: long }, logRecords: [record('long scope')] },
    { scope: {}, logRecords: [record('long severity', { severityText: long }), record('neighbor')] },
  ];
  const request = JSON.stringify({ resourceLogs: [{ resource: { attributes: [SERVICE] }, scopeLogs }] });
  expect((await postLogs(stack.urls.collector, stack.tokensFor(tenant).write, request)).status).toBe(200);
  expect([...(await read(tenant, 3)).keys()].sort()).toEqual(['long scope', 'long severity', 'neighbor']);
});
