import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSpool } from './file-spool.ts';

// A small disk of its own is needed, and only root can mount one.
function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'can-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const mountable = canMount();
const onDisk = mountable ? test : test.skip;
if (!mountable) test.skip('a full or read-only disk: needs root and the right to mount a tmpfs', () => undefined);

let disk: string;
let folder: string;
const logged: string[] = [];
const log = { warn: (text: string) => logged.push(text), error: (text: string) => logged.push(text) };
beforeEach(() => {
  logged.splice(0);
  disk = mkdtempSync(join(tmpdir(), 'spool-disk-'));
  folder = join(disk, 'spool');
  if (mountable) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
});
afterEach(() => {
  if (mountable) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

const open = () => FileSpool.open({ folder, segmentBytes: 64_000, log });
const group = (from: number) => Array.from({ length: 8 }, (_, i) => `${from + i} ${'x'.repeat(1_200)}`);

/** Appends until it is refused. */
async function appendAll(spool: FileSpool, from: number): Promise<number> {
  for (let next = from; ; next += 8) {
    try {
      await spool.append(group(next));
    } catch (error) {
      expect(error).toMatchObject({ code: 'SPOOL_UNAVAILABLE', message: expect.stringMatching(/full|ENOSPC/) });
      return next;
    }
  }
}

async function readAll(spool: FileSpool): Promise<number[]> {
  const all: number[] = [];
  for (let batch = await spool.read(20_000); batch.lines.length > 0; batch = await spool.read(20_000)) {
    all.push(...batch.lines.map((line) => Number(line.split(' ')[0])));
    await spool.commit(batch);
  }
  return all;
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const sizeOnDisk = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.spool'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

onDisk('a full disk: refuses whole groups, leaves nothing half-written, takes again when there is room', async () => {
  const spool = open();
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(200_000));
  const before = await appendAll(spool, 0);
  expect(before).toBeGreaterThan(50);
  expect([spool.pending, spool.bytes]).toEqual([before, sizeOnDisk()]);
  for (let i = 0; i < 5; i++)
    await expect(spool.append(group(before))).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
  expect(spool.bytes).toBe(sizeOnDisk());

  rmSync(join(disk, 'ballast'));
  await spool.append(group(before));
  await spool.close();
  // Also to the next process.
  const next = open();
  expect(await readAll(next)).toEqual(upTo(before + 8));
  expect([next.damaged, logged]).toEqual([0, []]);
  await next.close();
});

onDisk.each([{ early: true }, { early: false }])(
  'a disk that the spool itself filled empties as it is delivered (delivered before: $early)',
  async ({ early }) => {
    const spool = open();
    let from = 0;
    if (early) {
      await spool.append(group(0));
      expect(await readAll(spool)).toEqual(upTo(8));
      from = 8;
    }
    const end = await appendAll(spool, from);
    // No byte is free, not even for the cursor.
    const { bfree, bsize } = statfsSync(disk);
    if (bfree > 0) writeFileSync(join(disk, 'rest'), Buffer.alloc(bfree * bsize));
    expect(statfsSync(disk).bfree).toBe(0);
    const delivered: number[] = [];
    for (let i = 0; i < 10; i++) {
      const batch = await spool.read(20_000);
      delivered.push(...batch.lines.map((line) => Number(line.split(' ')[0])));
      await spool.commit(batch);
    }
    await spool.append(group(end));
    await spool.close();
    const next = open();
    const all = [...delivered, ...(await readAll(next))];
    expect(all).toEqual(upTo(end + 8).slice(from));
    expect(logged).toHaveLength(early ? 0 : 1);
    await next.close();
  },
);

onDisk('a disk that one segment filled takes entries again once all are delivered, without a restart', async () => {
  const spool = FileSpool.open({ folder, log });
  await spool.append(group(0));
  await readAll(spool);
  const end = await appendAll(spool, 8);
  writeFileSync(join(disk, 'rest'), Buffer.alloc(statfsSync(disk).bfree * statfsSync(disk).bsize));
  expect(await readAll(spool)).toEqual(upTo(end).slice(8));

  for (let from = end; from < end + 400; from += 200) {
    for (let next = from; next < from + 200; next += 8) await spool.append(group(next));
    // The line that was kept is not sent again.
    expect(await readAll(spool)).toEqual(upTo(from + 200).slice(from));
  }
  await spool.close();
  const next = FileSpool.open({ folder, log });
  expect(next.lastLine).toBe(group(end + 392).at(-1));
  expect([next.pending, next.damaged, logged]).toEqual([0, 0, []]);
  await next.close();
});

onDisk(
  'after everything was delivered and deleted to make room, the last entry is still known after a crash',
  async () => {
    const spool = FileSpool.open({ folder, log });
    const end = await appendAll(spool, 0);
    await readAll(spool);
    // Larger than the disk: refused, but the spool made room for it.
    await expect(spool.append(['x'.repeat(600_000)])).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
    expect(sizeOnDisk()).toBeLessThan(2_000);
    rmSync(join(folder, 'lock'));
    const next = FileSpool.open({ folder, log });
    expect(next.lastLine).toBe(group(end - 8).at(-1));
    expect([next.pending, next.damaged]).toEqual([0, 0]);
    await next.close();
    await spool.close();
  },
);

onDisk('a full disk at the start is a coded error, and leaves no lock behind', async () => {
  await open().close();
  const { bfree, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(bfree * bsize));
  expect(open).toThrow(
    expect.objectContaining({ code: 'SPOOL_UNAVAILABLE', message: expect.stringMatching(/ENOSPC/) }),
  );
  rmSync(join(disk, 'ballast'));
  await open().close();
});

onDisk('a disk that turns read-only refuses, and works when it is writable again', async () => {
  const other = { folder: join(disk, 'other') };
  await FileSpool.open(other).close();
  const spool = open();
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  const readOnly = { code: 'SPOOL_UNAVAILABLE', message: expect.stringMatching(/read-only disk \(EROFS\): mount/) };
  await expect(spool.append(['refused'])).rejects.toMatchObject(readOnly);
  expect(() => FileSpool.open(other)).toThrow(expect.objectContaining(readOnly));
  // Folders that are still to be made, too.
  for (const path of ['new', 'new/0', 'a/b/c']) {
    expect(() => FileSpool.open({ folder: join(disk, path) })).toThrow(expect.objectContaining(readOnly));
  }
  execFileSync('mount', ['-o', 'remount,rw', disk]);
  await spool.append(['taken']);
  expect((await spool.read(100)).lines).toEqual(['taken']);
  await spool.close();
});
