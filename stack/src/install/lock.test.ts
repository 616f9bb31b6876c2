import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-lock-'));
const file = join(folder, 'lock');
afterAll(() => rmSync(folder, { recursive: true }));

it('runs one at a time, and reports the process that the other waits for', async () => {
  let inside = 0;
  let most = 0;
  const waits: number[] = [];
  const work = async () => {
    most = Math.max(most, ++inside);
    await sleep(50);
    inside--;
  };
  const onWait = (pid: number) => waits.push(pid);
  await Promise.all([withLock(file, onWait, work), withLock(file, onWait, work)]);
  expect(most).toBe(1);
  expect(waits[0]).toBe(process.pid);
  expect(existsSync(file)).toBe(false);
});

it('takes over from a process that died', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(file, String(pid));
  expect(
    await withLock(
      file,
      () => undefined,
      () => Promise.resolve('done'),
    ),
  ).toBe('done');
});

it('is released if the work fails', async () => {
  const failing = withLock(
    file,
    () => undefined,
    () => Promise.reject(new Error('broken')),
  );
  await expect(failing).rejects.toThrow('broken');
  expect(existsSync(file)).toBe(false);
});
