import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, completeEntry } from '@auditrail/core';
import { cellText, MOST_CHARS } from './cell-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-xlsx-'));
afterAll(() => rmSync(folder, { recursive: true }));

// The library is published as .mjs, which Jest cannot load: so another process writes and reads the workbook.
const SCRIPT = `
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createReadStream } from 'node:fs';
import { readXlsx } from 'hucre/xlsx';
import { writeWorkbook } from './src/spreadsheet/write-workbook.ts';
const [input, output, columns, rows] = process.argv.slice(1);
const count = await writeWorkbook(createInterface({ input: createReadStream(input) }), output, JSON.parse(columns), Number(rows));
const { sheets } = await readXlsx(readFileSync(output));
console.log(JSON.stringify({ count, sheets: sheets.map(({ rows }) => rows) }));
`;
const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning'];

interface Workbook {
  count: number;
  sheets: unknown[][][];
}

function workbookOf(lines: readonly string[], columns = ['status', 'ip'], rowsPerSheet = 1_000): Workbook {
  const [input, output] = ['lines.ndjson', 'book.xlsx'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(input, lines.join('\n'));
  const args = [
    ...node,
    '--input-type=module',
    '-e',
    SCRIPT,
    input,
    output,
    JSON.stringify(columns),
    `${rowsPerSheet}`,
  ];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: join(__dirname, '../..') });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Workbook;
}

function command(...args: string[]) {
  const { status, stderr } = spawnSync(
    process.execPath,
    [...node, join(__dirname, '../cli.ts'), 'spreadsheet', ...args],
    {
      encoding: 'utf8',
    },
  );
  return { status, stderr };
}

const TEXTS = [
  '1795241899123456789',
  '00123',
  '1E5',
  '2026-01-02',
  'TRUE',
  '=1+1',
  '+1',
  "'x",
  '\u0000=1+1',
  ' a ',
  '_x0041_',
];

function line(i: number, text: string): string {
  const id = `019a8f3e-7a10-7000-8000-${String(i).padStart(12, '0')}`;
  const stamp = { id, time: `2026-11-21T06:18:19.0000000${String(i % 100).padStart(2, '0')}Z`, service: 'shop' };
  const actor = { type: 'user', id: text, name: text } as const;
  const input = { action: 'a.b', description: text, actor, request: { status: 404 }, properties: { text } };
  return canonicalJson(completeEntry(input, stamp));
}

it('keeps every text as a text, and numbers as numbers', () => {
  const { count, sheets } = workbookOf([...TEXTS.map((text, i) => line(i, text)), 'not an entry']);
  expect(count).toBe(TEXTS.length + 1);
  const [header = [], ...rows] = sheets[0] ?? [];
  const at = (name: string) => header.indexOf(name);
  expect(header.slice(0, 3)).toEqual(['id', 'timestamp', 'channel']);
  expect(header).not.toContain('timestamp_stored');
  expect(rows.slice(0, -1).map((row) => row[at('actor_id')])).toEqual(
    // A reader decodes Excel's escapes.
    TEXTS.map((text) => cellText(text).replace('_x005F_', '_')),
  );
  expect(rows[0]?.[at('status')]).toBe(404);
  expect(rows[0]?.[at('properties')]).toBe('{"text":"1795241899123456789"}');
  expect(rows.at(-1)?.[at('unreadable_line')]).toBe('not an entry');
});

it('begins another sheet when one is full, with the same header', () => {
  const { sheets } = workbookOf(
    Array.from({ length: 25 }, (_, i) => line(i, `${i}`)),
    ['ip'],
    11,
  );
  expect(sheets.map((rows) => rows.length)).toEqual([11, 11, 6]);
  for (const rows of sheets) expect(rows[0]).toContain('ip');
});

it('is a command that overwrites nothing, and leaves no file if it fails', () => {
  const input = join(folder, 'input.ndjson');
  const output = join(folder, 'command.xlsx');
  writeFileSync(input, line(1, 'a'));
  expect(command(input, output)).toEqual({ status: 0, stderr: '' });
  expect(command(input, output)).toMatchObject({ status: 2, stderr: expect.stringContaining('--force') });
  expect(command(input, output, '--force')).toMatchObject({ status: 0 });
  const other = join(folder, 'other.xlsx');
  expect(command(join(folder, 'nowhere'), other)).toMatchObject({ status: 1 });
  expect([existsSync(other), existsSync(`${other}.partial`)]).toEqual([false, false]);
  expect(command(input, join(folder, 'other.csv'))).toMatchObject({ status: 2 });
  expect(command(input, other, '--columns', 'nonsense')).toMatchObject({ status: 2 });
});

it.each([
  ['plain é 😀\ttab\nline', 'plain é 😀\ttab\nline'],
  ['\u0000\u001b\u007f\uffff', '␀␛␡\ufffd'],
  ['\ud800', '\ufffd'],
  ['a\rb\r\nc', 'a␍b\r\nc'],
  ['_x0041_', '_x005F_x0041_'],
])('shows %j as %j', (text, shown) => expect(cellText(text)).toBe(shown));

it('cuts a text that is too long for a cell, between characters', () => {
  expect(cellText('x'.repeat(MOST_CHARS))).toHaveLength(MOST_CHARS);
  for (const start of ['', 'x']) {
    const cut = cellText(start + '😀'.repeat(MOST_CHARS));
    expect(cut.length).toBeLessThanOrEqual(MOST_CHARS);
    expect([cut.isWellFormed(), cut.endsWith('😀…')]).toEqual([true, true]);
  }
});
