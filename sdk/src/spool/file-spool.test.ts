import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSpool } from './file-spool.ts';
import { SpoolCursor } from './cursor.ts';
import { describeSpool } from '../testing/spool-conformance.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describeSpool('FileSpool', (options) => FileSpool.open({ ...options, folder, segmentBytes: 300 }));

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, i) => `entry ${from + i}`);

async function readAll(spool: FileSpool, maxBytes = 100): Promise<string[]> {
  const all: string[] = [];
  for (let batch = await spool.read(maxBytes); batch.lines.length > 0; batch = await spool.read(maxBytes)) {
    all.push(...batch.lines);
    await spool.commit(batch);
  }
  return all;
}

test('returns lines in order, over segments, and deletes committed ones', async () => {
  const spool = FileSpool.open({ folder, segmentBytes: 200 });
  for (let i = 0; i < 50; i += 5) await spool.append(numbered(i, 5));
  expect(spool.pending).toBe(50);
  expect(readdirSync(folder).filter((name) => name.endsWith('.spool')).length).toBeGreaterThan(2);
  expect(await readAll(spool)).toEqual(numbered(0, 50));
  expect(spool.pending).toBe(0);
  expect(readdirSync(folder).filter((name) => name.endsWith('.spool'))).toHaveLength(1);
  await spool.close();
});

test('continues after a restart with the uncommitted lines', async () => {
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

test('knows after a restart what was sent and not committed, and the latest time of sending', async () => {
  const first = FileSpool.open({ folder, segmentBytes: 100 });
  await first.append(numbered(0, 10));
  const sent: string[] = [];
  while (sent.length < 7) {
    const batch = await first.read(50);
    await first.sent(batch);
    sent.push(...batch.lines);
  }
  const before = Date.now();
  await first.close();

  const second = FileSpool.open({ folder, segmentBytes: 100 });
  expect([second.pending, second.kept]).toEqual([10 - sent.length, sent.length]);
  expect(Math.abs(second.sentBeforeMs - before)).toBeLessThan(2_000);
  const again = await second.read(50, { segment: 0, offset: 0 });
  expect(again.lines).toEqual(sent.slice(0, again.count));
  await second.commit(again);
  expect([second.pending, second.kept]).toEqual([10 - sent.length, sent.length - again.count]);
  await second.close();

  const third = FileSpool.open({ folder, segmentBytes: 100 });
  expect([third.pending, third.kept]).toEqual([10 - sent.length, sent.length - again.count]);
  expect(await readAll(third)).toEqual(numbered(sent.length, 10 - sent.length));
  expect(third.kept).toBe(0);
  await third.close();
});

test.each(['damaged', 'of a segment that is gone', 'behind everything'])(
  'a sent position that is %s means that entries are sent again',
  async (how) => {
    const first = FileSpool.open({ folder, segmentBytes: 100 });
    await first.append(numbered(0, 5));
    await first.commit(await first.read(1));
    await first.sent(await first.read(1));
    await first.close();
    if (how === 'damaged') writeFileSync(join(folder, 'sent'), '1 30 abc\n');
    else {
      const cursor = new SpoolCursor(join(folder, 'sent'));
      await cursor.save(how === 'behind everything' ? { segment: 1, offset: 5_000 } : { segment: 9, offset: 0 });
      await cursor.close();
    }
    const second = FileSpool.open({ folder, segmentBytes: 100 });
    expect([second.pending, second.kept]).toEqual([4, 0]);
    expect(await readAll(second)).toEqual(numbered(1, 4));
    await second.close();
  },
);

test('asks for room before it refuses, and counts kept lines', async () => {
  const spool = FileSpool.open({ folder, maxBytes: 1_000 });
  await spool.append(['x'.repeat(400), 'y'.repeat(400)]);
  const first = await spool.read(420);
  await spool.sent(first);
  await expect(spool.append(['z'.repeat(300)])).rejects.toMatchObject({ code: 'SPOOL_FULL' });
  const asked: number[] = [];
  spool.makeRoom = (bytes) => {
    asked.push(bytes);
    return spool.commit(first);
  };
  await spool.append(['z'.repeat(300)]);
  expect(asked).toEqual([3 * (400 + 12) - 100 - 1_000]);
  expect([spool.pending, spool.kept]).toEqual([2, 0]);
  await spool.close();
});

test('only their owner can read the files', async () => {
  const spool = FileSpool.open({ folder: join(folder, 'deep', 'er') });
  await spool.append(['secret']);
  await spool.commit(await spool.read(10));
  for (const name of readdirSync(join(folder, 'deep', 'er'))) {
    expect(statSync(join(folder, 'deep', 'er', name)).mode & 0o077).toBe(0);
  }
  await spool.close();
});

test('a folder that cannot be created is a coded error', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => FileSpool.open({ folder: join(folder, 'file', 'x') })).toThrow(
    expect.objectContaining({ code: 'SPOOL_UNAVAILABLE' }),
  );
});

const logged: string[] = [];
const log = { warn: (text: string) => logged.push(text), error: (text: string) => logged.push(text) };
beforeEach(() => logged.splice(0));

test('a folder that vanishes refuses all lines of an append; when it is back, nothing is missing', async () => {
  const spool = FileSpool.open({ folder, log });
  await spool.append(['one']);
  renameSync(folder, `${folder}-away`);
  await expect(spool.append(['refused'])).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
  await expect(spool.append(['refused too'])).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
  await expect(spool.read(100)).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
  expect([spool.pending, spool.lastLine]).toEqual([1, 'one']);
  renameSync(`${folder}-away`, folder);
  await spool.append(['two']);
  expect(await readAll(spool)).toEqual(['one', 'two']);
  expect([spool.damaged, logged]).toEqual([0, []]);
  await spool.close();
});

test('an empty folder at the same path is not taken for the spool', async () => {
  const spool = FileSpool.open({ folder, log });
  await spool.append(['one']);
  rmSync(folder, { recursive: true });
  await expect(spool.append(['two'])).rejects.toThrow(/put it back as it was, or restart/);
  await spool.close();
});

test('a deleted segment is logged, and the others are delivered', async () => {
  const spool = FileSpool.open({ folder, log });
  await spool.append(['one', 'two']);
  const [segment = ''] = readdirSync(folder).filter((name) => name.endsWith('.spool'));
  rmSync(join(folder, segment));
  await expect(spool.append(['refused'])).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
  await spool.append(['three']);
  expect(await readAll(spool)).toEqual(['three']);
  expect(spool.pending).toBe(0);
  expect(spool.damaged).toBe(1);
  expect(logged).toEqual([expect.stringMatching(/^2 undelivered entries of .* are lost/)]);
  await spool.close();
});

test('many segments are recovered with pauses', async () => {
  const first = FileSpool.open({ folder, segmentBytes: 50 });
  for (let i = 0; i < 20; i++) await first.append(numbered(i, 1));
  await first.close();
  const second = await FileSpool.openGently({ folder });
  expect(second.pending).toBe(20);
  expect(await readAll(second)).toEqual(numbered(0, 20));
  await second.close();
});
