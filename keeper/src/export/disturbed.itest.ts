import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson, formatTime, msToNs } from '@auditrail/core';
import { startStack, type RunningStack } from '@auditrail/stack';
import { otlpLogs, testEntry } from '@auditrail/stack/testing';
import { mountSmallDisk } from '../../../bench/src/chaos/small-disk.ts';

const root = mkdtempSync(join(tmpdir(), 'auditrail-export-disturbed-'));
const tenant = 'disturbed';
const base = Math.floor(Date.now() / 1_000) * 1_000 - 36_000_000;
const entries = Array.from({ length: 12_000 }, (_, i) => ({
  ...testEntry({ description: `é "${i}" ${'x'.repeat(200)}` }),
  time: formatTime(msToNs(base + i)),
}));
const times = ['--from', formatTime(msToNs(base)), '--to', formatTime(msToNs(base + entries.length))];
const wanted = entries
  .map((entry) => `${canonicalJson(entry)}\n`)
  .reverse()
  .join('');

let stack: RunningStack;
let slow: Server;

// The test's own Loki, which it restarts, behind a slow gateway, so that disturbances happen in the middle of an export.
beforeAll(async () => {
  stack = await startStack();
  for (let at = 0; at < entries.length; at += 2_000) {
    const response = await fetch(`${stack.urls.loki}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Scope-OrgID': tenant },
      body: otlpLogs(entries.slice(at, at + 2_000)),
    });
    if (!response.ok) throw new Error(await response.text());
  }
  slow = createServer((request, response) => {
    void (async () => {
      await sleep(800);
      const { authorization = '', accept = '' } = request.headers;
      const headers = { Authorization: authorization, Accept: accept, 'X-Scope-OrgID': tenant };
      const answer = await fetch(stack.urls.gateway + (request.url ?? ''), { headers });
      response.writeHead(answer.status, { 'Content-Type': answer.headers.get('Content-Type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
}, 120_000);

afterAll(async () => {
  slow.closeAllConnections();
  slow.close();
  await stack.stop();
  rmSync(root, { recursive: true, force: true });
});

function start(folder: string, more: readonly string[] = []) {
  const cli = join(__dirname, '../cli.ts');
  const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
  const reader = ['--url', url, '--token', stack.tokensFor(tenant).read, '--tenant', tenant, '--parallel', '1'];
  const args = ['export', ...reader, ...times, '--out', folder, '--sign-key', join(root, 'key.pem'), '--no-entry'];
  const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...node, cli, ...args, ...more], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<{ how: number | string | null; output: string }>((resolve) =>
    child.once('close', (code, signal) => resolve({ how: signal ?? code, output })),
  );
  return { child, ended };
}

/** Resolves when a part of the export is certainly on disk, but not all. */
async function inTheMiddle(folder: string): Promise<void> {
  const state = join(folder, 'export-state.json');
  for (;;) {
    const rows = existsSync(state) ? (JSON.parse(readFileSync(state, 'utf8')) as { rows: number }).rows : 0;
    if (rows >= entries.length) throw new Error('it was over before it could be disturbed');
    if (rows > 0) return;
    await sleep(20);
  }
}

const named = (folder: string) => readdirSync(folder).filter((name) => !/\.partial$|^export-state/.test(name));
const textOf = (folder: string) => readFileSync(join(folder, 'audit-log.ndjson'), 'utf8');

it.each<[NodeJS.Signals, number | string]>([
  ['SIGKILL', 'SIGKILL'],
  ['SIGINT', 130],
  ['SIGTERM', 130],
])(
  'continues after %s, to the bytes of an undisturbed run',
  async (signal, how) => {
    const folder = join(root, signal);
    const { child, ended } = start(folder);
    await inTheMiddle(folder);
    child.kill(signal);
    expect(await ended).toMatchObject({ how });
    expect(named(folder)).toEqual([]);
    expect(await start(folder).ended).toMatchObject({ how: 2 });
    // The range of the first call.
    expect(await start(folder, ['--resume', '--from', '3d']).ended).toMatchObject({ how: 0 });
    expect(textOf(folder) === wanted).toBe(true);
    expect(named(folder).sort()).toEqual(['audit-log.manifest.json', 'audit-log.ndjson']);
  },
  90_000,
);

it('waits while Loki is restarted', async () => {
  const folder = join(root, 'restart');
  const { ended } = start(folder);
  await inTheMiddle(folder);
  await stack.loki.kill();
  await sleep(1_500);
  await stack.loki.start();
  expect(await ended).toMatchObject({ how: 0 });
  expect(textOf(folder) === wanted).toBe(true);
}, 120_000);

it('ends with its code if the disk is full, and continues when there is space', async () => {
  const disk = await mountSmallDisk(join(root, 'disk'), 3);
  if (typeof disk === 'string') {
    console.warn(`full disk: ${disk}`);
    return;
  }
  try {
    const folder = join(disk.folder, 'export');
    expect(await start(folder).ended).toMatchObject({ how: 4, output: expect.stringContaining('the disk is full') });
    expect(named(folder)).toEqual([]);
    spawnSync('mount', ['-o', 'remount,size=64m', disk.folder]);
    expect(await start(folder, ['--resume']).ended).toMatchObject({ how: 0 });
    expect(textOf(folder) === wanted).toBe(true);
  } finally {
    await disk.unmount();
  }
}, 90_000);
