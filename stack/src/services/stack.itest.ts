import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot } from '../paths.ts';
import { startStack } from './stack.ts';
import type { TestStack } from '../testing/test-stack.ts';
import { sendEntries, testEntry, waitForTrail } from '../testing/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-stack-'));
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type UpOutput = TestStack & { dataDir: string };

/** Starts `up --json` as other programs do; resolves with the process and its output. */
async function up(
  args: string[] = [],
): Promise<{ child: ChildProcess; output: UpOutput; ended: Promise<number | null> }> {
  const child = spawn(
    process.execPath,
    ['--conditions=@auditrail/source', inRoot('stack/src/cli.ts'), 'up', '--json', ...args],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  children.push(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  return { child, ended, output: JSON.parse(line) as UpOutput };
}

const responds = async (url: string) => {
  try {
    await fetch(url, { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  }
};

async function untilStopped({ urls }: TestStack): Promise<void> {
  for (const url of [urls.loki, urls.gateway, urls.collectorMetrics]) {
    for (let i = 0; await responds(url); i++) {
      if (i === 50) throw new Error(`${url} still responds`);
      await sleep(100);
    }
  }
}

it.each(['SIGTERM', 'SIGINT', 'SIGKILL', 'end of input'] as const)(
  'leaves nothing running after %s',
  async (how) => {
    const { child, output, ended } = await up();
    expect(await responds(`${output.urls.loki}/ready`)).toBe(true);
    if (how === 'end of input') child.stdin?.end();
    else child.kill(how);
    expect(await ended).toBe(how === 'SIGKILL' ? null : 0);
    await untilStopped(output);
    // The stack removes its temporary folder, unless it is killed.
    expect(existsSync(output.dataDir)).toBe(how === 'SIGKILL');
    rmSync(output.dataDir, { recursive: true, force: true });
  },
  60_000,
);

it('keeps the data in a folder of the caller', async () => {
  const dataDir = join(folder, 'kept');
  const entries = Array.from({ length: 5 }, () => testEntry());
  const first = await startStack({ dataDir });
  await sendEntries(first, 'kept', entries);
  await waitForTrail(first, 'kept', 5);
  await first.stop();
  const second = await startStack({ dataDir, keep: false });
  const lines = await waitForTrail(second, 'kept', 5);
  await second.stop();
  expect(lines.map(({ entry }) => entry?.id).sort()).toEqual(entries.map(({ id }) => id).sort());
  expect(existsSync(dataDir)).toBe(false);
}, 60_000);

it('reports a crashed part with the end of its log, and stops the others', async () => {
  const { child, output, ended } = await up();
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const pidFile = join(output.dataDir, 'gateway', 'nginx.pid');
  process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
  expect(await ended).toBe(1);
  expect(errors).toContain('the gateway ended unexpectedly (SIGKILL); the end of');
  await untilStopped(output);
}, 60_000);

it('does not start if the retention of a tenant is too short', async () => {
  const overrides = join(folder, 'overrides.yaml');
  writeFileSync(overrides, 'overrides: {acme: {retention_period: 7d}}');
  await expect(startStack({ overrides })).rejects.toThrow(
    `tenant acme: retention of 7d is under 30 days: set it to 30d or more in ${overrides}`,
  );
});

it('reports why a part does not become ready, and stops the others', async () => {
  const dataDir = join(folder, 'broken');
  const started = startStack({ dataDir, internal: { collector: '' } });
  await expect(started).rejects.toThrow(/the collector ended before it was ready.*bearertokenauth/s);
  // nginx removes its pid file when it is stopped.
  expect(existsSync(join(dataDir, 'gateway', 'nginx.conf'))).toBe(true);
  expect(existsSync(join(dataDir, 'gateway', 'nginx.pid'))).toBe(false);
}, 60_000);
