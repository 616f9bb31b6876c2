import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { FileSpool } from './file-spool.ts';
import { encodeFrames, scanFrames } from './frame.ts';

let folder: string;
let warnings: string[];
let errors: string[];
const log = { warn: (text: string) => warnings.push(text), error: (text: string) => errors.push(text) };
const open = () => FileSpool.open({ folder, segmentBytes: 60, log });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spool-damage-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LINES = ['entry 0', 'entry 1 ä', 'entry 2', 'entry 3 €', 'entry 4', 'entry 5'];
const segments = () => readdirSync(folder).filter((name) => name.endsWith('.spool'));
const aside = () => readdirSync(folder).filter((name) => name.includes('.damaged-at-'));
const frameSize = (line: string) => encodeFrames([line]).length;

async function readAll(spool: FileSpool): Promise<string[]> {
  const all: string[] = [];
  for (let batch = await spool.read(40); batch.lines.length > 0; batch = await spool.read(40)) {
    all.push(...batch.lines);
    await spool.commit(batch);
  }
  return all;
}

/** A folder with `LINES` in several segments, as a process leaves it, with `committed` of them delivered. */
async function fill(committed = 0): Promise<void> {
  warnings = [];
  errors = [];
  rmSync(folder, { recursive: true, force: true });
  const spool = open();
  for (const line of LINES) await spool.append([line]);
  for (let i = 0; i < committed; i++) await spool.commit(await spool.read(1));
  await spool.close();
}

test('cut off at every byte: complete lines stay, the rest is set aside, and later writes are complete', async () => {
  await fill();
  const last = segments().at(-1) ?? '';
  const bytes = readFileSync(join(folder, last));
  for (let cut = 0; cut < bytes.length; cut++) {
    await fill();
    writeFileSync(join(folder, last), bytes.subarray(0, cut));
    let spool = open();
    await spool.append(['after']);
    await spool.close();
    const kept = join(folder, last);
    // An empty segment is deleted.
    if (existsSync(kept)) expect(scanFrames(readFileSync(kept), true).damaged).toEqual([]);
    spool = open();
    const got = await readAll(spool);
    expect(got.at(-1)).toBe('after');
    const intact = got.length - 1;
    expect(got.slice(0, -1)).toEqual(LINES.slice(0, intact));
    const lost = LINES.slice(intact).reduce((sum, line) => sum + frameSize(line), 0);
    expect(lost).toBeGreaterThanOrEqual(bytes.length - cut);
    expect(lost - frameSize(LINES[intact] ?? '')).toBeLessThan(bytes.length - cut);
    // A crash does this too: it is logged, and not counted as damage.
    expect(errors).toEqual([]);
    expect(warnings).toHaveLength(aside().length);
    await spool.close();
  }
});

test('a flipped byte anywhere, in any segment, costs one line at most; it is set aside, logged and counted', async () => {
  await fill();
  for (const segment of segments()) {
    const bytes = readFileSync(join(folder, segment));
    const isLast = segment === segments().at(-1);
    for (let at = 0; at < bytes.length; at++) {
      await fill();
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x41, at);
      writeFileSync(join(folder, segment), damaged);
      const spool = open();
      expect(spool.pending).toBe(LINES.length - 1);
      const got = await readAll(spool);
      expect(got).toHaveLength(LINES.length - 1);
      expect(LINES.filter((line) => got.includes(line))).toEqual(got);
      expect(spool.pending).toBe(0);
      expect(aside()).toHaveLength(1);
      expect(spool.damaged + (isLast ? warnings.length : 0)).toBe(1);
      expect(errors.length + warnings.length).toBe(1);
      await spool.close();
    }
  }
});

test('damage that appears while it is open is skipped too', async () => {
  await fill();
  const spool = open();
  const first = segments()[0] ?? '';
  const bytes = readFileSync(join(folder, first));
  bytes.writeUInt8(bytes.readUInt8(15) ^ 1, 15);
  writeFileSync(join(folder, first), bytes);
  expect((await spool.read(40)).lines).toEqual((await spool.read(40)).lines);
  expect(await readAll(spool)).toEqual(LINES.slice(1));
  expect([spool.damaged, errors.length, spool.pending, spool.bytes]).toEqual([1, 1, 0, 0]);
  await spool.close();
});

test('a segment that is cut short while it is open loses the rest, and is logged', async () => {
  await fill();
  const spool = open();
  writeFileSync(join(folder, segments()[0] ?? ''), '');
  const got = await readAll(spool);
  expect(got).toEqual(LINES.slice(LINES.length - got.length));
  expect(got.length).toBeLessThan(LINES.length);
  expect(errors).toEqual([expect.stringMatching(/undelivered entries of .* are lost/)]);
  expect([spool.damaged, spool.pending]).toEqual([1, 0]);
  await spool.close();
});

test('a cursor that is cut, damaged, missing or of another spool: sent again, never skipped', async () => {
  await fill(3);
  const good = readFileSync(join(folder, 'cursor'));
  const intact = open();
  expect(intact.pending).toBe(3);
  await intact.close();
  const bad = [
    ...Array.from({ length: good.length }, (_, i) => good.subarray(0, i)),
    ...Array.from({ length: 12 }, (_, i) => Buffer.from(good).fill('7', i, i + 1)),
    Buffer.alloc(64),
    // Well-formed, and not of this spool.
    ...['2 5', '999 0'].map((position) => Buffer.from(`${position} ${crc32(position).toString(16)}`.padEnd(63) + '\n')),
  ];
  for (const cursor of bad) {
    await fill(3);
    if (cursor.equals(good)) continue;
    writeFileSync(join(folder, 'cursor'), cursor);
    const spool = open();
    const got = await readAll(spool);
    // Committed entries may be deleted already.
    expect(got.slice(-3)).toEqual(LINES.slice(3));
    expect(warnings).toHaveLength(1);
    await spool.close();
    // The new position is saved correctly.
    const next = open();
    expect(next.pending).toBe(0);
    await next.close();
  }
  await fill(3);
  rmSync(join(folder, 'cursor'));
  const spool = open();
  expect((await readAll(spool)).slice(-3)).toEqual(LINES.slice(3));
  await spool.close();
});

test('whatever its files contain, it opens, returns only intact lines, and works', async () => {
  const content = fc.array(fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.constantFrom(...LINES)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(content, { maxLength: 3 }), fc.uint8Array({ maxLength: 70 }), async (files, cursor) => {
      warnings = [];
      errors = [];
      rmSync(folder, { recursive: true, force: true });
      await open().close();
      writeFileSync(join(folder, 'cursor'), cursor);
      files.forEach((parts, i) => {
        const bytes = parts.map((part) => (typeof part === 'string' ? encodeFrames([part]) : Buffer.from(part)));
        writeFileSync(join(folder, `000000000${i + 1}.spool`), Buffer.concat(bytes));
      });
      const spool = open();
      await spool.append(['after']);
      const expected = [...files.flat().filter((part) => typeof part === 'string'), 'after'];
      expect(await readAll(spool)).toEqual(expected);
      expect([spool.pending, spool.bytes]).toEqual([0, 0]);
      await spool.close();
    }),
    { numRuns: 60 },
  );
});

test('when nothing remains of the pending lines, none is pending', async () => {
  await fill(LINES.length);
  const spool = open();
  await spool.append(['gone', 'gone too']);
  writeFileSync(join(folder, segments().at(-1) ?? ''), 'x'.repeat(100));
  expect((await spool.read(100)).lines).toEqual([]);
  expect([spool.pending, spool.bytes]).toEqual([0, 0]);
  expect(errors.at(-1)).toMatch(/^2 undelivered entries of .* are lost/);
  await spool.close();
});

test('bytes that another program writes into a segment are cut off, and the append that meets them is refused', async () => {
  await fill(LINES.length);
  const spool = FileSpool.open({ folder, log });
  await spool.append(['one']);
  appendFileSync(join(folder, segments().at(-1) ?? ''), encodeFrames(['forged']));
  await expect(spool.append(['two'])).rejects.toThrow(/changed by another program/);
  await spool.append(['three']);
  expect(await readAll(spool)).toEqual(['one', 'three']);
  await spool.close();
});
