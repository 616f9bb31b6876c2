import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DamagedLines, joinLines, LINES_PER_BLOCK, LinesFile, writeLines } from './lines-file.ts';

let folder: string;
let path: string;
let files = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-lines-'));
  path = join(folder, 'a.lines');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function allOf(file: LinesFile): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of file.readAll()) lines.push(line);
  return lines;
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `line ${i} ü`);

test('returns every line byte for byte, in the order of the requested rows', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 50 }).map((value) => value.toWellFormed());
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 3 * LINES_PER_BLOCK }),
      fc.infiniteStream(fc.nat()),
      async (lines, any) => {
        const name = join(folder, `${files++}.lines`);
        await writeLines(name, lines);
        const file = new LinesFile(name);
        const rows = lines.map(() => (any.next().value as number) % lines.length);
        expect(await file.read(rows)).toEqual(rows.map((row) => lines[row]));
        expect(await allOf(file)).toEqual(lines);
      },
    ),
    { numRuns: 25 },
  );
});

test('the lines of several files are in one, in their order', async () => {
  const parts = [numbered(40), [], ['one'], numbered(70), ['two', 'three']];
  const files: LinesFile[] = [];
  for (const [i, lines] of parts.entries()) {
    await writeLines(join(folder, `${i}.lines`), lines);
    files.push(new LinesFile(join(folder, `${i}.lines`)));
  }
  const all = parts.flat();
  expect(await joinLines(path, files)).toMatchObject({ count: all.length });
  const joined = new LinesFile(path);
  expect(await allOf(joined)).toEqual(all);
  const rows = [...all.keys()].reverse();
  expect(await joined.read(rows)).toEqual(rows.map((row) => all[row]));
});

test('never overwrites a file', async () => {
  await writeLines(path, ['a']);
  await expect(writeLines(path, ['b'])).rejects.toMatchObject({ code: 'EEXIST' });
});

test('refuses a row that does not exist', async () => {
  await writeLines(path, numbered(40));
  const file = new LinesFile(path);
  await expect(file.read([40])).rejects.toThrow(`${path} is damaged: it has 40 lines, and not line 40`);
});

test('detects every file that is cut off, and every byte whose change would change a line', async () => {
  const lines = numbered(70);
  const { bytes: size } = await writeLines(path, lines);
  const copy = join(folder, 'copy.lines');
  for (let length = 0; length < size; length += 7) {
    copyFileSync(path, copy);
    truncateSync(copy, length);
    await expect(new LinesFile(copy).read([0])).rejects.toThrow(DamagedLines);
  }
  const whole = readFileSync(path);
  for (let at = 0; at < size; at++) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(whole.readUInt8(at) ^ 0x10, at);
    writeFileSync(copy, bytes);
    // A bit that zstd does not use changes nothing.
    const outcome = await allOf(new LinesFile(copy)).catch((error: unknown) => error);
    expect(outcome instanceof DamagedLines || JSON.stringify(outcome) === JSON.stringify(lines)).toBe(true);
  }
});
