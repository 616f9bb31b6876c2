import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { msToNs } from '@auditrail/core';
import { freePort, startStack, type RunningStack } from '@auditrail/stack';
import { otlpLogs, postLogs, readTrail, sendEntries, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { exportEngine } from '../serve/engine.ts';
import { serve, type RunningKeeper } from '../serve/serve.ts';

// The real collector and Loki. The keeper's clock is ahead, so that nothing has to wait for the end of a minute.
const AHEAD_MS = 2 * 3_600_000;
const tenant = 'audit';
const token = 'intake-token-of-this-test';
const root = mkdtempSync(join(tmpdir(), 'auditrail-catch-up-'));
const logged: { event: string; [detail: string]: unknown }[] = [];

let stack: RunningStack;
let keeper: RunningKeeper | undefined;
let folder = join(root, 'first');
let intake = 0;
let sent = 0;

async function start(): Promise<void> {
  const { urls, tokensFor } = stack;
  const tokens = { of: (_: string, role: string) => tokensFor(tenant)[role === 'read' ? 'read' : 'write'] };
  keeper = await serve({
    ...{ folder, port: 0, collector: { url: urls.gateway, tokens } },
    engine: exportEngine({ url: urls.gateway, tokens, keyFile: join(folder, 'key.pem') }),
    intake: {
      ...{ token, port: intake },
      catchUp: {
        ...{ url: urls.gateway, tokens, tenants: [tenant], everyMs: 200 },
        timing: { graceMs: 300, lokiGraceMs: 6_000, confirmMs: 500, lateEveryMs: 400 },
      },
    },
    rates: { requests: 10_000, reads: 10_000, starts: 10_000, failures: 10_000 },
    pipeline: { everyMs: 200 },
    log: (_, event, details = {}) => void logged.push({ event, ...details }),
    now: () => Date.now() + AHEAD_MS,
  });
}

async function stop(): Promise<void> {
  await keeper?.stop();
  keeper = undefined;
}

async function ask(path: string, method: string, body?: object): Promise<Record<string, unknown>> {
  if (!keeper) throw new Error('no keeper');
  const expiresMs = Date.now() + AHEAD_MS + 3_600_000;
  const { secret } = keeper.tokens.create({ tenant, name: 'test', scopes: ['entries:read'], expiresMs });
  const response = await fetch(keeper.url + path, {
    method,
    headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
}

const range = { from: String(msToNs(Date.now() - 86_400_000)), to: String(msToNs(Date.now() + 86_400_000)) };
const count = async () => Number((await ask('/v1/entries/count', 'POST', range))['count']);
const status = async () => (await ask('/v1/health/pipeline', 'GET'))['keeper'];

async function until(what: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 40_000; !(await isTrue()); await sleep(100)) {
    if (Date.now() > end) throw new Error(`not ${what}: ${JSON.stringify(await status())} ${JSON.stringify(logged)}`);
  }
}

async function send(entries: number, input = {}, options = {}): Promise<void> {
  await sendEntries(
    ...([stack, tenant] as const),
    Array.from({ length: entries }, () => testEntry({ description: `number ${sent++} <é> 😀`, ...input }, options)),
  );
}

async function expectSameAsLoki(): Promise<void> {
  const inLoki = (await readTrail(stack, tenant)).map(({ line }) => line);
  const { entries } = await ask('/v1/entries', 'POST', { ...range, limit: 5_000 });
  expect((entries as { line: string }[]).map(({ line }) => line)).toEqual(inLoki);
}

/** The collector loses what waits for the keeper. */
async function loseQueue(): Promise<void> {
  await stack.collector.kill();
  rmSync(join(stack.dataDir, 'collector-queue', 'keeper'), { recursive: true, force: true });
  await stack.collector.start();
}

beforeAll(async () => {
  intake = await freePort();
  stack = await startStack({ keeperIntake: { url: `http://127.0.0.1:${intake}`, token } });
  await start();
}, 90_000);

afterAll(async () => {
  await stop();
  await stack.stop();
  rmSync(root, { recursive: true, force: true });
}, 60_000);

it('adds nothing and reports nothing while entries arrive, late ones too', async () => {
  for (let i = 0; i < 20; i++) {
    await send(5);
    await send(2, {}, { msAgo: 3 * 3_600_000 });
    await sleep(100);
  }
  await until('complete', async () => (await count()) === sent);
  await sleep(2_000);
  expect(await status()).toMatchObject({ added: 0, waiting: 0, missingInLoki: 0 });
  expect(logged.filter(({ event }) => /^(?:entries that|Loki lacks)/.test(event))).toEqual([]);
}, 60_000);

it('adds what was dropped while the keeper was down, of any time', async () => {
  await stop();
  await send(40);
  await send(20, {}, { msAgo: 3 * 3_600_000 });
  await waitForTrail(stack, tenant, sent);
  await loseQueue();
  await start();
  await send(10);
  await until('complete', async () => (await count()) === sent);
  await expectSameAsLoki();
  await until('reported', () => logged.some(({ event }) => event.startsWith('entries that the keeper had missed')));
  const added = logged.flatMap((line) => (line.event.startsWith('entries that') ? [Number(line['entries'])] : []));
  expect(added.reduce((sum, entries) => sum + entries, 0)).toBe(60);
  expect(await status()).toMatchObject({ added: 60, missingInLoki: 0 });
}, 90_000);

it('rebuilds everything in an empty folder', async () => {
  await stop();
  folder = join(root, 'second');
  await start();
  await until('complete', async () => (await count()) === sent);
  await expectSameAsLoki();
  await until('done', async () => 'comparedAllAt' in ((await status()) as object));
  expect(await status()).toMatchObject({ added: sent, waiting: 0, missingInLoki: 0 });
}, 60_000);

it('reports an entry that Loki refused, and all of them after Loki has lost its data', async () => {
  const tooLong = testEntry({ properties: { long: 'x'.repeat(1_100_000) } });
  const headers = { 'X-Auditrail-Wait': 'loki' };
  const refused = await postLogs(stack.urls.gateway, stack.tokensFor(tenant).write, otlpLogs([tooLong]), headers);
  expect(refused.status).toBe(400);
  await until('reported', async () => ((await status()) as { missingInLoki: number }).missingInLoki === 1);
  const lacking = { event: 'Loki lacks entries that the keeper holds', tenant, entries: 1, examples: tooLong.id };
  await until('logged', () => logged.some(({ event }) => event === lacking.event));
  expect(logged.filter(({ event }) => event === lacking.event)).toEqual([expect.objectContaining(lacking)]);
  await until('a finding', () => logged.some(({ event }) => event.includes('1 entry of the keeper missing')));

  await stack.loki.kill();
  rmSync(join(stack.dataDir, 'loki'), { recursive: true, force: true });
  await stack.loki.start();
  await until('all', async () => ((await status()) as { missingInLoki: number }).missingInLoki === sent + 1);
  expect(await count()).toBe(sent + 1);
}, 90_000);

it('has metrics for its operator', async () => {
  const url = `${keeper?.intakeUrl}/metrics`;
  const text = await (await fetch(url, { headers: { Authorization: `Bearer ${token}` } })).text();
  expect(text).toContain(`auditrail_keeper_missing_in_loki_entries{tenant="${tenant}"} ${sent + 1}\n`);
  expect((await fetch(url)).status).toBe(503);
});
