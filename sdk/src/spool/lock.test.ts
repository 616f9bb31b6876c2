import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { FileSpool } from './file-spool.ts';
import { LOCK_STALE_MS, lockSpool } from './lock.ts';
import { isRunning, ownIdentity } from './process-identity.ts';
import { adoptAbandoned } from './sub-spools.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spool-lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LOCKED = expect.objectContaining({ code: 'SPOOL_LOCKED' });
const age = (ms: number) => utimesSync(file, new Date(Date.now() - ms), new Date(Date.now() - ms));
const own = ownIdentity();
// Of other processes; threads have their own test.
delete own.thread;
const write = (holder: object | string) =>
  writeFileSync(file, typeof holder === 'string' ? holder : JSON.stringify(holder));

test('one writer at a time', () => {
  const lock = lockSpool(folder);
  expect(() => lockSpool(folder)).toThrow(LOCKED);
  lock.release();
  lockSpool(folder).release();
});

test('a running process keeps its folder, however old its lock; a dead one loses it at once', async () => {
  const other = spawn('sleep', ['60']);
  const { pid = 0 } = other;
  const stat = process.platform === 'linux' ? readFileSync(`/proc/${pid}/stat`, 'latin1') : '';
  const start = stat && stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  write({ ...own, pid, ...(start && { start }) });
  if (start) age(2 * LOCK_STALE_MS);
  expect(() => lockSpool(folder)).toThrow(LOCKED);
  other.kill('SIGKILL');
  await once(other, 'exit');
  lockSpool(folder).release();
});

test('a process that got the pid of the dead one takes its folder at once', () => {
  write({ ...own, start: '1' });
  lockSpool(folder).release();
});

const aThread = /* js */ `
  const { workerData, parentPort } = require('node:worker_threads');
  import(workerData.module).then(async ({ openSubSpool }) => {
    const spool = openSubSpool({ folder: workerData.folder });
    await spool.append(['left by a thread']);
    parentPort.postMessage(spool.folder);
    setInterval(() => undefined, 1_000);
  });
`;

test('a thread keeps its folder while it runs, however old its lock; killed, it loses it at once', async () => {
  if (process.platform !== 'linux') return;
  const module = pathToFileURL(join(__dirname, 'sub-spools.ts')).href;
  const execArgv = ['--conditions=@auditrail/source'];
  const worker = new Worker(aThread, { eval: true, execArgv, workerData: { folder, module } });
  const [path] = (await once(worker, 'message')) as [string];
  file = join(path, 'lock');
  age(2 * LOCK_STALE_MS);
  expect(() => lockSpool(path)).toThrow(LOCKED);
  expect(await adoptAbandoned({ folder })).toBeUndefined();

  await worker.terminate();
  // Touched just now: its death is known without waiting.
  age(0);
  const left = await adoptAbandoned({ folder });
  expect((await left?.read(100))?.lines).toEqual(['left by a thread']);
  await left?.close();
});

test('the holder is unknown here (other container, before a reboot, damaged lock): its age decides', () => {
  for (const holder of [{ ...own, pid: 1, space: 'pid:[1]' }, { ...own, boot: 'before' }, '', '{"pid":']) {
    write(holder);
    expect(() => lockSpool(folder)).toThrow(LOCKED);
    age(LOCK_STALE_MS + 1_000);
    lockSpool(folder).release();
  }
});

test('a holder that was stopped while another process took its folder acknowledges nothing more', async () => {
  const first = FileSpool.open({ folder });
  await first.append(['one']);
  // As from another container, which sees it as dead.
  rmSync(file);
  const second = FileSpool.open({ folder });
  await expect(first.append(['two'])).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
  expect((await second.read(100)).lines).toEqual(['one']);
  await second.append(['three']);
  await expect(first.append(['four'])).rejects.toThrow(/taken over/);
  await first.close();
  expect((await second.read(100)).lines).toEqual(['one']);
  await second.commit(await second.read(100));
  expect((await second.read(100)).lines).toEqual(['three']);
  // The end of the first one did not release the folder.
  expect(() => lockSpool(folder)).toThrow(LOCKED);
  await second.close();
});

test('a folder that cannot be created is a coded error', () => {
  mkdirSync(join(folder, 'x'));
  write('');
  expect(() => lockSpool(join(file, 'x'))).toThrow(expect.objectContaining({ code: 'SPOOL_UNAVAILABLE' }));
});

test('a killed process whose parent has not collected its exit status counts as dead', async () => {
  if (process.platform !== 'linux') return;
  // The shell starts a child, becomes `sleep`, and so never waits for it.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
  const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(String(pid));
  const stat = () => readFileSync(`/proc/${child}/stat`, 'latin1');
  const start =
    stat()
      .slice(stat().lastIndexOf(')') + 2)
      .split(' ')[19] ?? '';
  expect(isRunning({ ...own, pid: child, start }, own)).toBe(true);
  // A shell would reap the child.
  const comm = `/proc/${parent.pid}/comm`;
  while (readFileSync(comm, 'utf8') !== 'sleep\n') await new Promise((resolve) => setTimeout(resolve, 10));
  process.kill(child, 'SIGKILL');
  while (!/\) Z /.test(stat())) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(isRunning({ ...own, pid: child, start }, own)).toBe(false);
  parent.kill('SIGKILL');
});
