import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSpool } from './file-spool.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, i) => `entry ${from + i}`);

async function readAll(spool: FileSpool, maxBytes = 100): Promise<string[]> {
  const all: string[] = [];
  for (let batch = await spool.read(maxBytes); batch.lines.length > 0; batch = await spool.read(maxBytes)) {
    all.push(...batch.lines);
    await spool.commit(batch);
  }
  return all;
}

test('gives back in order, over segments, and deletes what was committed', async () => {
  const spool = FileSpool.open({ folder, segmentBytes: 200 });
  for (let i = 0; i < 50; i += 5) await spool.append(numbered(i, 5));
  expect(spool.pending).toBe(50);
  expect(readdirSync(folder).filter((name) => name.endsWith('.spool')).length).toBeGreaterThan(2);
  expect(await readAll(spool)).toEqual(numbered(0, 50));
  expect(spool.pending).toBe(0);
  expect(readdirSync(folder).filter((name) => name.endsWith('.spool'))).toHaveLength(1);
  await spool.close();
});

test('a line larger than the batch is read alone', async () => {
  const spool = FileSpool.open({ folder });
  const large = 'x'.repeat(10_000);
  await spool.append([large, 'small']);
  expect((await spool.read(100)).lines).toEqual([large]);
  await spool.close();
});

test('goes on after a restart where it was, with what was not committed', async () => {
  const first = FileSpool.open({ folder, segmentBytes: 100 });
  await first.append(numbered(0, 10));
  const batch = await first.read(50);
  await first.commit(batch);
  await first.close();

  const second = FileSpool.open({ folder, segmentBytes: 100 });
  expect(second.pending).toBe(10 - batch.lines.length);
  expect(second.lastLine).toBe('entry 9');
  await second.append(numbered(10, 3));
  expect(await readAll(second)).toEqual(numbered(batch.lines.length, 13 - batch.lines.length));
  await second.close();
});

test('a torn frame is laid aside, and what comes after it is whole', async () => {
  const first = FileSpool.open({ folder });
  await first.append(numbered(0, 3));
  await first.close();
  const [segment = ''] = readdirSync(folder).filter((name) => name.endsWith('.spool'));
  appendFileSync(join(folder, segment), Buffer.from([9, 0, 0, 0, 1, 2, 3, 4, 5]));

  const second = FileSpool.open({ folder });
  await second.append(['after']);
  expect(await readAll(second)).toEqual([...numbered(0, 3), 'after']);
  expect(readFileSync(join(folder, `${segment}.torn`))).toHaveLength(9);
  await second.close();
});

test('refuses with SPOOL_FULL at its size and takes again when there is room', async () => {
  const spool = FileSpool.open({ folder, maxBytes: 100 });
  await spool.append(['x'.repeat(80)]);
  await expect(spool.append(['y'.repeat(80)])).rejects.toMatchObject({ code: 'SPOOL_FULL' });
  expect(spool.pending).toBe(1);
  await spool.commit(await spool.read(1_000));
  await spool.append(['y'.repeat(80)]);
  expect(await readAll(spool)).toEqual(['y'.repeat(80)]);
  await spool.close();
});

test('a folder that vanished refuses the lines whole', async () => {
  const spool = FileSpool.open({ folder });
  rmSync(folder, { recursive: true });
  await expect(spool.append(['lost?'])).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
  expect(spool.pending).toBe(0);
  await spool.close();
});

test('one process at a time; the lock of a dead one is taken over', async () => {
  const spool = FileSpool.open({ folder });
  expect(() => FileSpool.open({ folder })).toThrow(expect.objectContaining({ code: 'SPOOL_LOCKED' }));
  await spool.close();

  const other = spawn('sleep', ['60']);
  writeFileSync(join(folder, 'lock'), String(other.pid));
  expect(() => FileSpool.open({ folder })).toThrow(expect.objectContaining({ code: 'SPOOL_LOCKED' }));
  other.kill('SIGKILL');
  await once(other, 'exit');
  await FileSpool.open({ folder }).close();
});

test('files are readable by their owner alone', async () => {
  const spool = FileSpool.open({ folder: join(folder, 'deep', 'er') });
  await spool.append(['secret']);
  await spool.commit(await spool.read(10));
  for (const name of readdirSync(join(folder, 'deep', 'er'))) {
    expect(statSync(join(folder, 'deep', 'er', name)).mode & 0o077).toBe(0);
  }
  await spool.close();
});

test('a folder that cannot be made is a coded error', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => FileSpool.open({ folder: join(folder, 'file', 'x') })).toThrow(
    expect.objectContaining({ code: 'SPOOL_UNAVAILABLE' }),
  );
});
