import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson, formatTime, msToNs, type AuditEntry } from '@auditrail/core';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { otlpLogs, readTrail, testEntry, waitForTrail } from '@auditrail/stack/testing';

const stack = testStack();
const { urls } = stack;
const tenant = uniqueTenant('serve');
const tokens = stack.tokensFor(tenant);
const folder = mkdtempSync(join(tmpdir(), 'auditrail-serve-itest-'));
const HOUR_MS = 3_600_000;
const base = Math.floor(Date.now() / 1_000) * 1_000 - 10 * HOUR_MS;
const COUNT = 12_000;
const entries: AuditEntry[] = Array.from({ length: COUNT }, (_, i) => ({
  ...testEntry({ description: `é ${i} ${'x'.repeat(300)}` }),
  time: formatTime(msToNs(base - i * 2)),
}));
const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning', join(__dirname, '../cli.ts')];
const env = { PATH: process.env['PATH'], HOME: folder, AUDITRAIL_KEEPER_FOLDER: join(folder, 'keeper') };

let keeper: ChildProcess;
let url = '';
let secret = '';

/** Starts `auditrail serve` as a process, and waits until it listens. */
async function serve(): Promise<void> {
  const args = ['serve', '--listen', '127.0.0.1:0', '--url', urls.gateway, '--token', tokens.read, '--jobs', '1'];
  const to = ['--endpoint', urls.collector, '--write-token', tokens.write];
  keeper = spawn(process.execPath, [...node, ...args, ...to], { env, stdio: ['ignore', 'inherit', 'pipe'] });
  let output = '';
  keeper.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  for (;;) {
    const found = /"event":"serving","url":"([^"]+)"/.exec(output)?.[1];
    if (found) {
      url = found;
      return;
    }
    if (keeper.exitCode !== null) throw new Error(output);
    await sleep(50);
  }
}

async function ended(): Promise<void> {
  while (keeper.exitCode === null && keeper.signalCode === null) await sleep(20);
}

async function ask(path: string, method = 'GET', body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${secret}`, ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
}

const start = (name: string) =>
  ask('/v1/exports', 'POST', {
    name,
    formats: ['ndjson', 'csv'],
    from: formatTime(msToNs(base - HOUR_MS)),
    to: formatTime(msToNs(base + 1_000)),
  });

beforeAll(async () => {
  for (let at = 0; at < COUNT; at += 2_000) {
    const response = await fetch(`${urls.loki}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Scope-OrgID': tenant },
      body: otlpLogs(entries.slice(at, at + 2_000)),
    });
    if (!response.ok) throw new Error(await response.text());
  }
  await waitForTrail(stack, tenant, COUNT);
  const make = ['token', 'create', '--tenant', tenant, '--name', 'test', '--scope', 'exports:read', 'exports:create'];
  secret = spawnSync(process.execPath, [...node, ...make], { env, encoding: 'utf8' }).stdout.trim();
  await serve();
}, 120_000);

afterAll(async () => {
  keeper.kill('SIGTERM');
  await ended();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

it('continues after kill -9, and hands out exactly the stored entries', async () => {
  const jobs = [await start('first'), await start('second')];
  await sleep(300);
  keeper.kill('SIGKILL');
  await ended();
  // No partial export is among the finished ones.
  expect(readdirSync(join(folder, 'keeper', 'work'))).not.toEqual([]);
  expect(existsSync(join(folder, 'keeper', 'files'))).toBe(false);
  await serve();
  const wanted = entries.map((entry) => canonicalJson(entry)).join('\n') + '\n';
  for (const { id } of jobs) {
    let job = await ask(`/v1/exports/${String(id)}`);
    while (job['status'] === 'queued' || job['status'] === 'running') {
      await sleep(100);
      job = await ask(`/v1/exports/${String(id)}`);
    }
    expect(job).toMatchObject({ status: 'completed', rows: COUNT });
    const zip = await fetch(`${url}/v1/exports/${String(id)}/files/ndjson`, {
      headers: { Authorization: `Bearer ${secret}` },
    });
    const file = join(folder, 'export.zip');
    writeFileSync(file, Buffer.from(await zip.arrayBuffer()));
    const out = join(folder, `out-${String(id)}`);
    // Python's zipfile: not the program that wrote it.
    expect(spawnSync('python3', ['-m', 'zipfile', '-e', file, out]).status).toBe(0);
    const name = readdirSync(out).find((each) => each.endsWith('.ndjson')) ?? '';
    const content = readFileSync(join(out, name));
    expect(content.toString('utf8') === wanted).toBe(true);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(job['files']).toContainEqual(expect.objectContaining({ format: 'ndjson', sha256 }));
    const manifest = readdirSync(out).find((each) => each.includes('manifest')) ?? '';
    expect(readFileSync(join(out, manifest), 'utf8')).toContain(sha256);
  }
  await waitForTrail(stack, tenant, COUNT + 4);
  const actions = (await readTrail(stack, tenant)).flatMap(({ entry }) => entry?.action ?? []);
  expect(actions.filter((action) => action === 'audit.export.created')).toHaveLength(2);
  expect(actions.filter((action) => action === 'audit.export.downloaded')).toHaveLength(2);
}, 120_000);
