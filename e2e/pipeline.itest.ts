import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTime, msToNs, type AuditEntryInput } from '@auditrail/core';
import {
  countEntries,
  httpLokiClient,
  readEntries,
  readFieldValues,
  type LokiClient,
  type TrailLine,
} from '@auditrail/core/loki';
import { type EntryQuery } from '@auditrail/core/query';
import { createAuditLogger, lineHash, type AuditLogger, type Receipt } from '@auditrail/sdk';
import { testStack, uniqueTenant } from '../stack/src/testing/test-stack.ts';
import fc from 'fast-check';
import { anyEntryInput } from '../core/src/testing/entries.ts';

// Tests of the whole path: SDK, collector, Loki and gateway.
const { urls, tokensFor } = testStack();
let folder: string;
let audit: AuditLogger;
let loki: LokiClient;

function openTrail(name: string): void {
  const tenant = uniqueTenant(name);
  folder = mkdtempSync(join(tmpdir(), 'pipeline-'));
  audit = createAuditLogger({
    service: 'pipeline',
    spool: folder,
    tenant,
    endpoint: urls.collector,
    token: tokensFor(tenant).write,
    integrity: { marks: false },
  });
  loki = httpLokiClient({ url: urls.gateway, tenant, headers: { Authorization: `Bearer ${tokensFor(tenant).read}` } });
}

afterEach(async () => {
  await audit.shutdown();
  rmSync(folder, { recursive: true, force: true });
});

const now = msToNs(Date.now());
const wide = { start: now - msToNs(86_400_000), end: now + msToNs(3_600_000) };

async function readAll(query: EntryQuery = {}, pageEntries?: number): Promise<TrailLine[]> {
  const all: TrailLine[] = [];
  for await (const page of readEntries(loki, { query, range: wide, ...(pageEntries && { pageEntries }) }))
    all.push(...page);
  return all;
}

// Loki may show accepted entries later, by the collector's batch time.
async function eventually(check: () => Promise<void>, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function recordAll(inputs: AuditEntryInput[]): Promise<Receipt[]> {
  const receipts = await Promise.all(inputs.map((input) => audit.record(input)));
  await audit.flush();
  await eventually(async () => expect(await countEntries(loki, { range: wide })).toBe(inputs.length));
  return receipts;
}

const simple: AuditEntryInput = {
  action: 'user.login',
  description: 'Ada signed in',
  actor: { type: 'user', id: '42' },
};

test('entries come back unchanged, in order, with an intact chain', async () => {
  openTrail('round-trip');
  const inputs = fc.sample(anyEntryInput, 1_000);
  const receipts = await recordAll(inputs);
  const lines = (await readAll()).reverse();
  expect(lines.map(({ line }) => lineHash(line))).toEqual(receipts.map(({ hash }) => hash));
  expect(lines.map(({ problem }) => problem).filter(Boolean)).toEqual([]);
  lines.forEach(({ entry }, i) => expect(entry?.chain?.prev ?? null).toBe(receipts[i - 1]?.hash ?? null));
}, 120_000);

test('long and unusual values come back unchanged, and can be searched', async () => {
  openTrail('odd');
  const odd = [
    'x'.repeat(100_000),
    '😀'.repeat(30_000),
    'quote " backtick ` apostrophe \' backslash \\',
    'line\nbreak\r\ntab\t',
    '{{ .Name }} ${HOME} $(id) %s',
    '"}) or {app="x"',
    '\u0000\u0001\u007f\u2028\u2029\ufeff',
    'Größe, Ça, 日本語, עברית',
  ];
  await recordAll(odd.map((text) => ({ ...simple, description: text, target: { type: 'thing', name: text } })));
  expect((await readAll()).map(({ entry }) => entry?.description).reverse()).toEqual(odd);
  for (const text of odd) {
    const byTarget = await readAll({ filters: [{ field: 'targetName', operator: 'is', values: [text] }] });
    expect(byTarget.map(({ entry }) => entry?.target?.name)).toEqual([text]);
    const search = text.slice(0, 200);
    expect((await readAll({ search })).map(({ entry }) => entry?.description)).toEqual([text]);
  }
}, 60_000);

test('reads more entries than fit one response, and more with the same time than fit a page', async () => {
  openTrail('paging');
  const time = formatTime(now);
  const ties = Array.from({ length: 6_000 }, (_, i) => ({ ...simple, time, description: `tie ${i}` }));
  const spread = Array.from({ length: 6_000 }, (_, i) => ({ ...simple, description: `entry ${i}` }));
  const receipts = await recordAll([...ties, ...spread]);
  const read = await readAll();
  expect(new Set(read.map(({ entry }) => entry?.id))).toEqual(new Set(receipts.map(({ id }) => id)));
  expect(read).toHaveLength(12_000);
  expect(read.every(({ ns }, i) => i === 0 || ns <= (read[i - 1]?.ns ?? 0n))).toBe(true);
}, 120_000);

test('each operator finds exactly the matching entries', async () => {
  openTrail('filters');
  await recordAll([
    {
      ...simple,
      actor: { type: 'user', email: 'ada@example.com', groups: ['admins', 'ops'] },
      source: { ip: '10.0.0.1' },
    },
    {
      ...simple,
      actor: { type: 'user', email: 'bob@example.com', groups: ['ops'] },
      error: { message: 'wrong password' },
    },
    { ...simple, action: 'project.created', channel: 'work', actor: { type: 'system' }, scope: { project: 'apollo' } },
  ]);
  const emails = async (query: EntryQuery) =>
    (await readAll(query)).map(({ entry }) => entry?.actor.email ?? '-').sort();
  const by = (field: never, operator: never, ...values: string[]) => emails({ filters: [{ field, operator, values }] });
  const find = by as (field: string, operator: string, ...values: string[]) => Promise<string[]>;
  const [ada, bob] = ['ada@example.com', 'bob@example.com'];
  expect(await find('email', 'is', ada)).toEqual([ada]);
  expect(await find('email', 'is not', ada)).toEqual(['-', bob]);
  expect(await find('email', 'is any of', ada, bob)).toEqual([ada, bob]);
  expect(await find('email', 'is not any of', ada, bob)).toEqual(['-']);
  expect(await find('email', 'contains', 'ADA@')).toEqual([ada]);
  expect(await find('email', 'is', 'a.a@example.com')).toEqual([]);
  // Only complete values match.
  expect(await find('email', 'is any of', 'ada', 'example.com', '@example.com')).toEqual([]);
  expect(await find('email', 'is not any of', 'ada', 'bob@example')).toEqual(['-', ada, bob]);
  expect(await find('action', 'is any of', 'user', 'project')).toEqual([]);
  expect(await find('id', 'contains', '0')).toHaveLength(3);
  expect(await find('group', 'is', 'admins')).toEqual([ada]);
  expect(await find('group', 'is', 'admin')).toEqual([]);
  expect(await find('group', 'is not', 'ops')).toEqual(['-']);
  expect(await find('outcome', 'is', 'failure')).toEqual([bob]);
  expect(await find('channel', 'is any of', 'work', 'nothing')).toEqual(['-']);
  expect(await find('scope.project', 'is', 'apollo')).toEqual(['-']);
  expect(await find('service', 'is', 'pipeline')).toHaveLength(3);
  expect(await find('ip', 'is', '10.0.0.1')).toEqual([ada]);
  expect(await emails({ search: 'SIGNED' })).toHaveLength(3);
  expect(await emails({ search: 'user.login' })).toEqual([]);
  expect(await readFieldValues(loki, 'action', { range: wide })).toEqual([
    { value: 'user.login', count: 2 },
    { value: 'project.created', count: 1 },
  ]);
});
