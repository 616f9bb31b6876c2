import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry } from '@auditrail/core';
import { freePort, startStack, type RunningStack } from '@auditrail/stack';
import { readTrail, sendEntries, testEntry } from '@auditrail/stack/testing';

// The real collector hands entries to the real `auditrail serve`, which writes what it finds through the gateway into Loki.
const tenant = 'audit';
const token = 'intake-token-of-this-test';
const folder = mkdtempSync(join(tmpdir(), 'auditrail-analyser-'));
const env = { PATH: process.env['PATH'], HOME: folder, AUDITRAIL_KEEPER_FOLDER: folder, AUDITRAIL_INTAKE_TOKEN: token };
const DAY_MS = 86_400_000;

let stack: RunningStack;
let keeper: ChildProcess;
let intake = 0;
let output = '';

async function serve(): Promise<void> {
  const { urls, tokensFor } = stack;
  const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning'];
  const { read, write } = tokensFor(tenant);
  const args = ['serve', '--listen', '127.0.0.1:0', '--url', urls.gateway, '--token', `${read} ${write}`];
  const taking = ['--intake-listen', `127.0.0.1:${intake}`, '--ruler-url', urls.loki];
  keeper = spawn(process.execPath, [...node, join(__dirname, '../cli.ts'), ...args, ...taking], {
    ...{ env, stdio: ['ignore', 'inherit', 'pipe'] },
  });
  output = '';
  keeper.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  for (; !output.includes('"event":"serving"'); await sleep(50)) {
    if (keeper.exitCode !== null) throw new Error(output);
  }
}

async function kill(): Promise<void> {
  keeper.kill('SIGKILL');
  while (keeper.exitCode === null && keeper.signalCode === null) await sleep(20);
}

beforeAll(async () => {
  intake = await freePort();
  // The repository's rule files, which are for the tenant `audit`.
  stack = await startStack({ keeperIntake: { url: `http://127.0.0.1:${intake}`, token }, ruleEvery: '10s' });
  await serve();
}, 90_000);

afterAll(async () => {
  await kill();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const signIn = (email: string, ip: string, msAgo = 0) =>
  testEntry({ action: 'user.login', channel: 'auth', actor: { type: 'user', email }, source: { ip } }, { msAgo });

async function findings(): Promise<AuditEntry[]> {
  const entries = (await readTrail(stack, tenant)).flatMap(({ entry }) => entry ?? []);
  return entries.filter(({ action }) => action.startsWith('security.'));
}

async function metric(name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${intake}/metrics`, { headers: { Authorization: `Bearer ${token}` } });
  const line = new RegExp(`^auditrail_analyser_${name}\\{tenant="audit".*\\} (\\S+)$`, 'm').exec(await response.text());
  return Number(line?.[1] ?? Number.NaN);
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 40_000; !(await isTrue()); await sleep(200)) {
    if (Date.now() > end) throw new Error(`not ${what}: ${output}`);
  }
}

it('writes what it finds, once, also across kill -9', async () => {
  const people = ['ada@example.com', 'grace@example.com', 'linus@example.com'];
  await sendEntries(stack, tenant, [signIn('ada@example.com', '10.1.2.3', 21 * DAY_MS)]);
  // From here on, entries are counted.
  await until('started', () => Promise.resolve(output.includes('has learned')));
  for (let day = 20; day > 0; day--) {
    await sendEntries(
      stack,
      tenant,
      people.map((email) => signIn(email, '10.1.2.3', day * DAY_MS)),
    );
  }
  await until('learned', async () => (await metric('entries_total')) >= 60);
  await sendEntries(stack, tenant, [signIn('ada@example.com', '203.0.113.7')]);
  await until('found', async () => (await findings()).length >= 1);
  expect(await metric('findings_total')).toBe(1);
  await sendEntries(stack, tenant, [
    signIn('grace@example.com', '203.0.113.7'),
    signIn('linus@example.com', '10.1.7.7'),
  ]);
  await kill();
  await sendEntries(stack, tenant, [signIn('linus@example.com', '203.0.113.7')]);
  await serve();
  await until('all found', async () => (await findings()).length >= 3);
  await sleep(2_000);
  const found = await findings();
  expect(found.map(({ action, target }) => `${action} ${target?.name}`).sort()).toEqual(
    people.map((email) => `security.network.new ${email}`),
  );
  expect(found[0]).toMatchObject({
    ...{ service: 'auditrail-keeper', channel: 'security', actor: { type: 'system' }, source: { ip: '203.0.113.7' } },
    properties: { network: '203.0.0.0/16', previousNetworks: ['10.1.0.0/16'] },
  });
  expect(await metric('failed')).toBe(0);
}, 120_000);

interface Alert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

async function alerts(): Promise<Alert[]> {
  const response = await fetch(`${stack.urls.loki}/prometheus/api/v1/alerts`, { headers: { 'X-Scope-OrgID': tenant } });
  const { data } = (await response.json()) as { data: { alerts: Alert[] } };
  return data.alerts;
}

const failures = (count: number, email: string, msAgo: number) =>
  Array.from({ length: count }, (_, i) =>
    testEntry(
      {
        action: 'user.login',
        channel: 'auth',
        outcome: 'failure',
        actor: { type: 'user', email },
        source: { ip: `192.0.2.${i}` },
      },
      { msAgo: msAgo - i * 1_000 },
    ),
  );
const HOUR_MS = 3_600_000;

it('raises an alert for an attack in late entries within two minutes, once, and none for one in time', async () => {
  const [late, now, clumsy] = ['victim@example.com', 'live@example.com', 'clumsy@example.com'];
  const began = Date.now();
  await sendEntries(stack, tenant, [...failures(25, late, 20 * HOUR_MS), ...failures(10, clumsy, 9 * HOUR_MS)]);
  await sendEntries(stack, tenant, failures(25, now, 30_000));
  const about = async (email: string) =>
    (await alerts())
      .filter(({ labels }) => Object.values(labels).includes(email))
      .map(({ labels }) => labels['alertname']);
  for (; !(await about(late)).includes('Attack in late entries'); await sleep(500)) {
    if (Date.now() - began > 120_000) throw new Error(`no alert: ${output}`);
  }
  const alert = (await alerts()).find(({ labels }) => Object.values(labels).includes(late));
  expect(alert?.annotations['summary']).toMatch(/brute force on one account, account victim@example.com, at 20/i);
  // The rest of the backlog.
  await sendEntries(stack, tenant, failures(40, late, 20 * HOUR_MS - 30_000));
  for (; !(await about(now)).includes('Brute force on one account'); await sleep(500)) {
    if (Date.now() - began > 120_000) throw new Error('no alert of the ruler');
  }
  await sleep(20_000);
  const found = (await findings()).filter(({ action }) => action === 'security.detection.late');
  expect(found.map(({ target, scope }) => [target?.id, scope?.['account']]).sort()).toEqual([
    ['auditrail-brute-force-account', late],
    ['auditrail-distributed-brute-force', late],
  ]);
  const happened = Date.parse(found[0]?.scope?.['happened_at'] ?? '');
  expect(Math.abs(began - 20 * HOUR_MS - happened)).toBeLessThan(120_000);
  expect(await about(clumsy)).toEqual([]);
  expect(await about(now)).not.toContain('Attack in late entries');
}, 240_000);
