import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPart, type Part } from './part.ts';
import { freePort } from './ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-part-'));
const logFile = join(folder, 'part.log');
const crashes: string[] = [];
const parts: Part[] = [];

afterEach(async () => {
  for (const part of parts.splice(0)) await part.kill();
  crashes.length = 0;
});
afterAll(() => rmSync(folder, { recursive: true }));

async function part(script: string, startTimeoutMs = 5_000): Promise<Part> {
  const port = await freePort();
  const created = createPart({
    name: 'the test part',
    command: process.execPath,
    args: ['-e', script],
    env: { PORT: String(port) },
    logFile,
    readyUrl: `http://127.0.0.1:${port}`,
    startTimeoutMs,
    onCrash: (message) => crashes.push(message),
  });
  parts.push(created);
  return created;
}

const SERVER = `require('http').createServer((q, r) => r.end('ok')).listen(process.env.PORT, '127.0.0.1');`;
const isAlive = (pid: number | undefined) => {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('starts, stops and starts again without reporting a crash', async () => {
  const server = await part(SERVER);
  for (const end of ['stop', 'kill', 'stop'] as const) {
    await server.start();
    const { pid } = server;
    expect(isAlive(pid)).toBe(true);
    await server[end]();
    expect(isAlive(pid)).toBe(false);
    expect(server.pid).toBeUndefined();
  }
  await server.stop();
  expect(crashes).toEqual([]);
});

it('reports a crash with the end of the log, and can start the part again', async () => {
  const server = await part(`console.error('about to', 'die'); ${SERVER}`);
  await server.start();
  process.kill(server.pid ?? 0, 'SIGKILL');
  while (crashes.length === 0) await sleep(10);
  expect(crashes).toEqual([expect.stringMatching(/the test part ended unexpectedly \(SIGKILL\).*\n.*about to die/s)]);
  await server.start();
  expect(isAlive(server.pid)).toBe(true);
});

it('rejects if a part ends before it is ready or does not respond, and leaves nothing running', async () => {
  const broken = await part(`console.error('no', 'config'); process.exit(3)`);
  await expect(broken.start()).rejects.toThrow(/ended before it was ready.*no config/s);
  const silent = await part('setInterval(() => undefined, 1000)', 300);
  await expect(silent.start()).rejects.toThrow(/was not ready after 0.3 s/);
  expect(silent.pid).toBeUndefined();
  const unwell = await part(SERVER.replace('r.end', 'r.writeHead(503).end').replace('ok', 'warming up'), 600);
  await expect(unwell.start()).rejects.toThrow('503 warming up');
  expect(crashes).toEqual([]);
});

it('rejects if the program does not exist', async () => {
  const missing = createPart({
    name: 'nothing',
    command: '/nowhere/program',
    args: [],
    env: {},
    logFile,
    readyUrl: 'http://127.0.0.1:1',
    onCrash: (message) => crashes.push(message),
  });
  await expect(missing.start()).rejects.toThrow('nothing ended before it was ready');
});

it('refuses to start a part twice', async () => {
  const server = await part(SERVER);
  await server.start();
  await expect(server.start()).rejects.toThrow('is already running');
});

it('appends to its log', async () => {
  const before = readFileSync(logFile, 'utf8').length;
  const server = await part(`console.log('hello'); ${SERVER}`);
  await server.start();
  await server.stop();
  expect(readFileSync(logFile, 'utf8').slice(before)).toContain('hello');
});
