import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLogger, type AuditLogger } from '@auditrail/sdk';
import type { RunningStack } from '@auditrail/stack';
import { startStackWithProxy, waitForTrail, type FaultyProxy } from '@auditrail/stack/testing';

// Loki, or a proxy before it, refuses entries behind the collector: the SDK notices, and keeps the entries.
let folder: string;
let stack: RunningStack;
let proxy: FaultyProxy;
const loggers: AuditLogger[] = [];
let messages: string[];

const LIMITS = `overrides:
  short-lines: { max_line_size: 2KB }
  one-stream: { max_global_streams_per_user: 1 }
  blocked: { block_ingestion_until: '2099-01-01T00:00:00Z' }
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'refusals-'));
  const overrides = join(folder, 'overrides.yaml');
  writeFileSync(overrides, LIMITS);
  ({ stack, proxy } = await startStackWithProxy({ overrides }));
}, 60_000);

afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

beforeEach(() => {
  messages = [];
  proxy.fail();
});

afterEach(async () => {
  await Promise.all(loggers.splice(0).map((audit) => audit.shutdown({ timeoutMs: 100 })));
});

const spoolOf = (tenant: string, service: string) => join(folder, `${tenant}-${service}`);

function open(tenant: string, service = 'refusals'): AuditLogger {
  const hear = (text: string) => void messages.push(text);
  const audit = createAuditLogger({
    service,
    tenant,
    spool: spoolOf(tenant, service),
    endpoint: stack.urls.collector,
    token: stack.tokensFor(tenant).write,
    maxBackoffMs: 200,
    integrity: { marks: false },
    log: { warn: hear, error: hear },
  });
  loggers.push(audit);
  return audit;
}

function lettersOf(tenant: string, service = 'refusals'): { reason: string; line: string }[] {
  const file = join(spoolOf(tenant, service), '0', 'dead-letters.ndjson');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((text) => JSON.parse(text) as { reason: string; line: string });
}

const entry = (description: string) => ({
  action: 'order.placed',
  description,
  actor: { type: 'user', id: '7' } as const,
});

test.each([
  [301, 'HTTP 301'],
  [400, "not Loki's own answer"],
  [401, 'authenticates to Loki'],
  [403, 'HTTP 403'],
  [404, 'address of Loki'],
  [408, 'HTTP 408'],
  [422, 'HTTP 422'],
  [429, 'HTTP 429'],
  [500, 'HTTP 500'],
  [503, 'HTTP 503'],
])('a proxy before Loki answers %d: it is logged, and everything arrives afterwards', async (status, words) => {
  const tenant = `proxy-${status}`;
  const audit = open(tenant);
  proxy.fail((asked) => (asked.tenant === tenant ? { status, body: 'no' } : undefined));
  for (let i = 0; i < 5; i++) await audit.record(entry(`order ${i}`));
  await expect(audit.flush({ timeoutMs: 300 })).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
  expect(audit.pending).toBe(5);
  expect(messages[0]).toContain(words);
  proxy.fail();
  await audit.flush();
  expect(await waitForTrail(stack, tenant, 5)).toHaveLength(5);
  expect(lettersOf(tenant)).toEqual([]);
});

test('Loki refuses one entry of many: exactly that one becomes a dead letter, with its reason', async () => {
  const audit = open('short-lines');
  const inputs = Array.from({ length: 40 }, (_, i) => entry(i === 17 ? 'y'.repeat(3_000) : `order ${i}`));
  const receipts = await Promise.all(inputs.map((input) => audit.record(input)));
  await audit.flush();
  const letters = lettersOf('short-lines');
  expect(letters.map(({ line }) => (JSON.parse(line) as { id: string }).id)).toEqual([receipts[17]?.id]);
  expect(letters[0]?.reason).toContain("Loki answered HTTP 400: max entry size '2048' bytes exceeded");
  expect(await waitForTrail(stack, 'short-lines', 39)).toHaveLength(39);
});

test('one bad entry of another application does not make a good one a dead letter', async () => {
  const [good, bad] = [open('short-lines', 'good'), open('short-lines', 'bad')];
  await Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      await Promise.all([good.record(entry(`good ${i}`)), bad.record(entry('z'.repeat(3_000)))]);
    }),
  );
  await Promise.all([good.flush(), bad.flush()]);
  expect(lettersOf('short-lines', 'good')).toEqual([]);
  expect(lettersOf('short-lines', 'bad')).toHaveLength(30);
});

test.each(['one-stream', 'blocked'])('a tenant that Loki takes no more of (%s) holds up no other', async (tenant) => {
  const [held, other] = [open(tenant), open(`beside-${tenant}`)];
  for (let i = 0; i < 10; i++) await held.record({ ...entry(`order ${i}`), actor: { type: 'user', id: String(i) } });
  await expect(held.flush({ timeoutMs: 500 })).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
  await other.record(entry('beside'));
  await other.flush({ timeoutMs: 5_000 });
  expect(held.pending).toBeGreaterThan(0);
  expect(lettersOf(tenant)).toEqual([]);
  expect(messages[0]).toMatch(/behind the collector: HTTP (429|503)/);
});

test('a sender without a spool is answered from the durable queue, also while Loki refuses', async () => {
  proxy.fail(() => ({ status: 503 }));
  const body = JSON.stringify({
    resourceLogs: [
      { scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' }, timeUnixNano: `${Date.now()}000000` }] }] },
    ],
  });
  const headers = {
    'Content-Type': 'application/json',
    Authorization: `Bearer ${stack.tokensFor('queued').write}`,
    'X-Scope-OrgID': 'queued',
  };
  const url = `${stack.urls.collector}/v1/logs`;
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200);
  const waiting = { ...headers, 'X-Auditrail-Wait': 'loki' };
  expect((await fetch(url, { method: 'POST', headers: waiting, body })).status).toBe(503);
});
