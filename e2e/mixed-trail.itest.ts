import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, type AuditEntry, type AuditEntryInput } from '@auditrail/core';
import { httpLokiClient, readEntries } from '@auditrail/core/loki';
import type { Filter } from '@auditrail/core/query';
import { lineHash } from '@auditrail/sdk';
import { inRoot, testStack, uniqueTenant } from '@auditrail/stack';
import { sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { run } from '../stack/src/install/run.ts';

// One chain whose emitter was updated: entries of the first version of the schema, then of the second.
const tenant = uniqueTenant('mixed');
const stack = testStack();
const ADMIN = { type: 'user', id: '1', name: 'Ada', email: 'Ada@Example.com' } as const;
const CUSTOMER = { type: 'user', id: '7', name: 'Grace', email: 'grace@example.com' } as const;
const BOT = { type: 'agent', id: 'bot', name: 'support-bot', agent: { name: 'support-bot', model: 'm-5' } } as const;
const inputs: Partial<AuditEntryInput>[] = [
  { actor: ADMIN, description: 'Ada signed in' },
  { actor: { ...ADMIN, email: 'ada@example.com' }, description: 'Ada signed in again' },
  { actor: ADMIN, onBehalfOf: [CUSTOMER], action: 'cart.emptied', description: 'Emptied the cart', reason: 'OPS-7' },
  { actor: BOT, onBehalfOf: [CUSTOMER], action: 'order.refunded', description: 'Refunded order 7' },
];
let entries: AuditEntry[];
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-mixed-'));
  let prev: string | null = null;
  entries = inputs.map((input, i) => {
    const entry = testEntry(input);
    const linked: AuditEntry = {
      ...entry,
      schema: i < 2 ? 1 : 2,
      chain: { stream: `mixed-${tenant}`, seq: i + 1, prev },
    };
    prev = lineHash(canonicalJson(linked));
    return linked;
  });
  await sendEntries(stack, tenant, entries);
  await waitForTrail(stack, tenant, entries.length);
});
afterAll(() => rmSync(folder, { recursive: true }));

const keeper = (...args: string[]) =>
  run(
    process.execPath,
    ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning', inRoot('keeper/src/cli.ts'), ...args],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        AUDITRAIL_READ_TOKEN: stack.tokensFor(tenant).read,
        AUDITRAIL_GATEWAY_URL: stack.urls.gateway,
        AUDITRAIL_TENANT: tenant,
      },
    },
  );

async function found(filter: Filter): Promise<string[]> {
  const headers = { Authorization: `Bearer ${stack.tokensFor(tenant).read}` };
  const loki = httpLokiClient({ url: stack.urls.gateway, tenant, headers });
  const now = BigInt(Date.now()) * 1_000_000n;
  const range = { start: now - 3_600_000_000_000n, end: now + 3_600_000_000_000n };
  const descriptions: string[] = [];
  for await (const lines of readEntries(loki, { query: { filters: [filter] }, range })) {
    descriptions.push(...lines.map(({ entry }) => entry?.description ?? 'unreadable'));
  }
  return descriptions.sort();
}

it('lines of both versions are stored as they were written', async () => {
  const lines = await waitForTrail(stack, tenant, entries.length);
  expect(lines.map(({ line }) => line).reverse()).toEqual(entries.map((entry) => canonicalJson(entry)));
});

it.each<[Filter['field'], string, string[]]>([
  ['email', 'ADA@example.com', ['Ada signed in', 'Ada signed in again', 'Emptied the cart']],
  ['onBehalfOf', 'Grace@Example.com', ['Emptied the cart', 'Refunded order 7']],
  ['actorType', 'agent', ['Refunded order 7']],
  ['agent', 'support-bot', ['Refunded order 7']],
  ['reason', 'OPS-7', ['Emptied the cart']],
])('the filter %s is %s finds the entries of both versions', async (field, value, expected) => {
  expect(await found({ field, operator: 'is', values: [value] })).toEqual(expected);
});

it('the chain is verified across the versions', async () => {
  const { code, output } = await keeper('verify', '--url', stack.urls.gateway, '--from', '1h', '--to', 'now');
  expect([code, output]).toEqual([0, expect.stringContaining('OK: 4 lines, 1 streams')]);
});

it('every format has all entries, and names for whom they were done', async () => {
  const out = join(folder, 'export');
  const formats = ['ndjson', 'csv', 'json', 'cef', 'ocsf', 'ecs'];
  const wanted = ['--format', formats.join(), '--columns', 'onBehalfOf,agent,reason'];
  const key = ['--sign-key', join(folder, 'key.pem')];
  const exported = await keeper('export', '--from', '1h', '--to', 'now', '--out', out, '--no-entry', ...key, ...wanted);
  expect(exported).toMatchObject({ code: 0 });
  const files = readdirSync(out).filter((name) => !/manifest|\.pem$|\.sig$/.test(name));
  expect(files).toHaveLength(formats.length);
  for (const name of files) {
    const text = readFileSync(join(out, name), 'utf8');
    for (const { id } of entries) expect(text).toContain(id);
    expect(text.match(/grace@example\.com|Grace/g)?.length).toBeGreaterThanOrEqual(2);
    expect(text).toContain('support-bot');
  }
  expect(await keeper('verify', out)).toMatchObject({ code: 0 });
});
