import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredRecord } from './columns.ts';
import { IntakeLog, readIntakeLog } from './intake-log.ts';

let folder: string;
let path: string;
const logged: unknown[][] = [];
const log = (...line: unknown[]) => void logged.push(line);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-intake-log-'));
  path = join(folder, '0000000001.log');
  logged.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const record = (i: number): StoredRecord => ({
  ns: 1_764_288_000_000_000_000n + BigInt(i),
  arrivalNs: 1_764_288_000_500_000_000n,
  line: `{"description":"ü ${i}\\n"}`,
  metadata: new Map([
    ['audit_action', 'user.login'],
    ['n', String(i)],
  ]),
});
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => record(from + i));

async function written(...groups: StoredRecord[][]): Promise<void> {
  const file = await IntakeLog.create(folder, path);
  for (const group of groups) await file.append(group);
  await file.close();
}

test('returns all records of all appends, in their order', async () => {
  await written(records(0, 10), records(10, 300));
  expect(readIntakeLog(path, log)).toEqual(records(0, 300));
  expect(logged).toEqual([]);
});

test('cuts off a write that a crash tore at any byte', async () => {
  await written(records(0, 3));
  const whole = readFileSync(path);
  const [two] = [whole.length - Math.floor(whole.length / 3)];
  for (let length = two; length < whole.length; length += 3) {
    writeFileSync(path, whole.subarray(0, length));
    expect(readIntakeLog(path, log)).toEqual(records(0, 2));
    expect(statSync(path).size).toBeLessThanOrEqual(length);
  }
  expect(new Set(logged.map(([level, event]) => `${String(level)}: ${String(event)}`))).toEqual(
    new Set(['warn: the last write into the intake log was torn']),
  );
});

test('skips damaged bytes between records, and reports and keeps them', async () => {
  await written(records(0, 3));
  const bytes = readFileSync(path);
  bytes.fill(0, 20, 40);
  writeFileSync(path, bytes);
  expect(readIntakeLog(path, log)).toEqual(records(1, 3));
  expect(logged).toEqual([['error', 'the intake log is damaged', { path, aside: `${path}.damaged`, stretches: 1 }]]);
  expect(existsSync(`${path}.damaged`)).toBe(true);
});

// A small disk of its own is needed, and only root can mount one.
function mounted(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('contains nothing of an append that the disk refused, and works again once there is room', async () => {
  if (!mounted()) return void console.warn('skipped: a full disk needs root and the right to mount a tmpfs');
  try {
    const filler = join(folder, 'filler');
    writeFileSync(filler, Buffer.alloc(60_000));
    const file = await IntakeLog.create(folder, path);
    await file.append(records(0, 2));
    await expect(file.append(records(2, 2_000))).rejects.toMatchObject({ code: 'ENOSPC' });
    rmSync(filler);
    await file.append(records(2, 4));
    await file.close();
    expect(readIntakeLog(path, log)).toEqual(records(0, 4));
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
});
