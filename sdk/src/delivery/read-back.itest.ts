import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuditLogger, type AuditLogger, type AuditLoggerOptions } from '@auditrail/sdk';
import type { RunningStack } from '@auditrail/stack';
import { readTrail, startStackWithProxy, waitForTrail, type FaultyProxy } from '@auditrail/stack/testing';
import { GatewayTokenFile } from 'auditrail';
import { parse, stringify } from 'yaml';
import { spoolStates } from '../spool/state.ts';

// What Loki, or something before it, answers with success and does not store, or does not keep.
let folder: string;
let stack: RunningStack;
let proxy: FaultyProxy;
const loggers: AuditLogger[] = [];
let messages: string[];

const overrides = () => join(folder, 'overrides.yaml');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'read-back-'));
  const limits = {
    'few-streams': { max_global_streams_per_user: 20 },
    'slow-streams': { per_stream_rate_limit: '2KB', per_stream_rate_limit_burst: '3KB' },
  };
  writeFileSync(overrides(), stringify({ overrides: limits }));
  ({ stack, proxy } = await startStackWithProxy({ overrides: overrides() }));
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

function open(tenant: string, options: Pick<AuditLoggerOptions, 'readBack' | 'endpoint' | 'token'> = {}): AuditLogger {
  const hear = (text: string) => void messages.push(text);
  const audit = createAuditLogger({
    service: 'Büro/read back',
    tenant,
    spool: join(folder, `spool-${tenant}`),
    endpoint: stack.urls.collector,
    token: stack.tokensFor(tenant).write,
    maxBackoffMs: 200,
    readBack: { afterMs: 400, keepMs: 3_000 },
    integrity: { marks: false },
    log: { warn: hear, error: hear },
    ...options,
  });
  loggers.push(audit);
  return audit;
}

const entry = (i: number) => ({
  action: 'order.placed',
  channel: `channel${i % 30}`,
  description: `order ${i}`,
  actor: { type: 'user', id: String(i % 5) } as const,
});

async function record(audit: AuditLogger, count: number): Promise<string[]> {
  const receipts = await Promise.all(Array.from({ length: count }, (_, i) => audit.record(entry(i))));
  await audit.flush();
  return receipts.map(({ id }) => id).sort();
}

const idsOf = async (tenant: string) =>
  (await readTrail(stack, tenant)).flatMap(({ entry: found }) => found?.id ?? []).sort();

// What `auditrail doctor --spool` sees.
async function notStored(tenant: string): Promise<number> {
  return (await spoolStates(join(folder, `spool-${tenant}`))).reduce((sum, state) => sum + state.notStored, 0);
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(100);
}

test.each([
  [200, 'text/html', '<html>Please sign in'],
  [200, 'application/json', '{}'],
  [204, 'text/plain', ''],
  [260, 'text/plain', 'blocked'],
])('a portal answers %d (%s) and stores nothing: the entries are sent again', async (status, type, body) => {
  const tenant = `portal-${status}-${type.replace('/', '-')}`;
  const audit = open(tenant);
  proxy.fail((asked) => (asked.tenant === tenant ? { status, type, body } : undefined));
  const ids = await record(audit, 40);
  expect(audit.unseen).toBe(40);
  await until(() => messages.some((message) => message.includes('NOT_STORED: 40 entries')));
  expect(await notStored(tenant)).toBe(40);
  proxy.fail();
  await until(() => audit.unseen === 0);
  await until(async () => (await notStored(tenant)) === 0);
  expect(await idsOf(tenant)).toEqual(ids);
});

test('Loki answers success and leaves out most of a request of many streams: once it may, all are there', async () => {
  const audit = open('few-streams');
  const ids = await record(audit, 150);
  await until(() => messages.some((message) => message.includes('NOT_STORED')));
  expect((await idsOf('few-streams')).length).toBeLessThan(150);
  const { overrides: limits } = parse(readFileSync(overrides(), 'utf8')) as { overrides: Record<string, unknown> };
  writeFileSync(overrides(), stringify({ overrides: { ...limits, 'few-streams': {} } }));
  await until(() => audit.unseen === 0);
  expect(await idsOf('few-streams')).toEqual(ids);
}, 60_000);

test('a limit on the rate of each stream', async () => {
  const audit = open('slow-streams');
  const ids = await record(audit, 100);
  await until(() => audit.unseen === 0);
  expect(await idsOf('slow-streams')).toEqual(ids);
}, 60_000);

test('an entry of the future is found at its arrival, and all leave the spool in the end', async () => {
  const audit = open('times');
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  await audit.record({ ...entry(1), time: soon });
  await audit.record({ ...entry(2), time: new Date(Date.now() - 50 * 24 * 3_600_000).toISOString() });
  await record(audit, 10);
  await until(() => audit.unseen === 0);
  const spool = join(folder, 'spool-times', '0');
  const sent = readFileSync(join(spool, 'sent'), 'utf8');
  await until(() => existsSync(join(spool, 'cursor')) && readFileSync(join(spool, 'cursor'), 'utf8') === sent);
  expect(messages).toEqual([]);
});

test('a plain collector cannot answer: logged once, and an entry leaves the spool when it is accepted', async () => {
  const { collectorUrl: endpoint, tokens } = stack.behind;
  const audit = open('plain', { readBack: { afterMs: 200 }, endpoint, token: tokens.collector });
  await record(audit, 5);
  await until(() => messages.length > 0);
  expect(messages).toEqual([expect.stringMatching(/^READ_BACK_UNAVAILABLE: .*HTTP 404/)]);
  await record(audit, 5);
  expect([audit.pending, audit.unseen, messages.length]).toEqual([0, 0, 1]);
});

test('entries go to a local collector, and are read back from the gateway', async () => {
  const { collectorUrl: endpoint, tokens } = stack.behind;
  const readBack = { endpoint: stack.urls.gateway, token: stack.tokensFor('near-by').write, afterMs: 200 };
  const audit = open('near-by', { readBack, endpoint, token: tokens.collector });
  proxy.fail((asked) => (asked.tenant === 'near-by' ? { status: 204 } : undefined));
  await record(audit, 5);
  await until(() => messages.some((message) => message.includes('NOT_STORED: 5')));
  proxy.fail();
  await until(() => audit.unseen === 0);
  expect(await idsOf('near-by')).toHaveLength(5);
});

test('a token of one service asks for this service only', async () => {
  const { token } = await new GatewayTokenFile(stack.tokensFile).create({
    tenant: 'bound',
    role: 'write',
    service: 'x',
  });
  const audit = open('bound', { readBack: { token, afterMs: 200 } });
  await record(audit, 2);
  await until(() => messages.length > 0);
  expect(messages).toEqual([
    expect.stringMatching(
      /^READ_BACK_UNAVAILABLE: .*HTTP 403: .*the token is for service x, and the question names another/,
    ),
  ]);
});

test('without an answer, entries are kept, and read back when there are answers again', async () => {
  const audit = open('away');
  await record(audit, 5);
  await until(() => audit.unseen === 0);
  proxy.fail((asked) => (asked.tenant === 'away' ? { status: 204 } : undefined));
  await stack.loki.kill();
  await record(audit, 7);
  await until(() => messages.some((message) => message.startsWith('READ_BACK_FAILED')));
  expect(audit.unseen).toBe(7);
  proxy.fail();
  await stack.loki.start();
  await until(() => audit.unseen === 0);
  expect(await waitForTrail(stack, 'away', 12)).toHaveLength(12);
});

test('the next process asks for entries that the previous one sent and did not see', async () => {
  const first = open('restart');
  await record(first, 3);
  await until(() => first.unseen === 0);
  proxy.fail((asked) => (asked.tenant === 'restart' ? { status: 204 } : undefined));
  await record(first, 20);
  await first.shutdown({ timeoutMs: 0 });
  proxy.fail();
  const second = open('restart');
  await until(() => messages.some((message) => message.includes('NOT_STORED: 20')));
  await until(() => second.unseen === 0);
  expect(await idsOf('restart')).toHaveLength(23);
});

test('Loki loses what it had acknowledged: a power cut sets its folder back', async () => {
  const audit = open('power-cut');
  await record(audit, 30);
  const data = join(stack.dataDir, 'loki');
  await stack.loki.kill();
  cpSync(data, `${data}-before`, { recursive: true });
  await stack.loki.start();
  await record(audit, 400);
  await until(() => audit.unseen === 0);
  await stack.loki.kill();
  rmSync(data, { recursive: true });
  cpSync(`${data}-before`, data, { recursive: true });
  await stack.loki.start();
  expect((await idsOf('power-cut')).length).toBeLessThan(430);
  await until(() => messages.some((message) => message.startsWith('NOT_STORED')));
  await until(async () => (await idsOf('power-cut')).length === 430);
}, 60_000);
