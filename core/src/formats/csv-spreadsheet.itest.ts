import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findProgram, installDebianPackage, mayInstall } from '../../../stack/src/install/debian.ts';
import { run } from '../../../stack/src/install/run.ts';
import { exportLine, exportText, foreignLine } from '../testing/export-lines.ts';
import { csvText } from './csv-cell.ts';
import { csvFormat } from './csv.ts';

const PACKAGE = 'libreoffice-calc-nogui';
const canRun = findProgram('soffice') !== undefined || mayInstall();
if (!canRun) test.skip(`skipped: soffice is not on the PATH: install ${PACKAGE}`, () => {});
const inSpreadsheet = canRun ? test : test.skip;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spreadsheet-'));
  if (canRun && !findProgram('soffice')) await installDebianPackage(PACKAGE);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Sheet {
  formulas: string[];
  /** The texts of each row, without empty cells. */
  rows: string[][];
}

const unescapeXml = (text: string) =>
  text
    .replace(/<text:s(?: text:c="(\d+)")?\/>/g, (_, count: string | undefined) => ' '.repeat(Number(count ?? 1)))
    .replaceAll('<text:tab/>', '\t')
    .replace(/<[^>]*>/g, '')
    .replace(
      /&(lt|gt|quot|apos|amp);/g,
      (_, name: string) => ({ lt: '<', gt: '>', quot: '"', apos: "'" })[name] ?? '&',
    );

/** Opens a file in LibreOffice, with formulas evaluated, and reads the result. */
async function open(csv: string, delimiter: string): Promise<Sheet> {
  const file = join(folder, 'export.csv');
  writeFileSync(file, csv);
  // https://help.libreoffice.org/latest/en-US/text/shared/guide/csv_params.html: the last one evaluates formulas.
  const filter = `${delimiter.charCodeAt(0)},34,76,1,,0,false,true,false,false,false,-1,true`;
  const profile = `-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`;
  const { code, log } = await run('soffice', [
    ...[profile, '--headless', `--infilter=Text - txt - csv (StarCalc):${filter}`],
    ...['--convert-to', 'fods', '--outdir', folder, file],
  ]);
  if (code !== 0) throw new Error(log);
  const xml = readFileSync(join(folder, 'export.fods'), 'utf8');
  const rows = [...xml.matchAll(/<table:table-row[^>]*>(.*?)<\/table:table-row>/gs)]
    .map(([, row = '']) =>
      [...row.matchAll(/<table:table-cell[^>]*>(.*?)<\/table:table-cell>/gs)].map(([, cell = '']) =>
        [...cell.matchAll(/<text:p>(.*?)<\/text:p>/gs)].map(([, text = '']) => unescapeXml(text)).join('\n'),
      ),
    )
    .filter((cells) => cells.length > 0);
  return { formulas: [...xml.matchAll(/table:formula="([^"]*)"/g)].map(([, formula = '']) => formula), rows };
}

const FORMULAS = [
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(1)',
  '\t=1+1',
  '=HYPERLINK("http://x")',
  'a;=1+1;b',
  'a\n=1+1',
  '\uff1d1+1',
  '\u0000=1+1',
  '\u0000\u0000\t\u0000=1+1',
  ' \u0000=1+1',
  '\ufeff=1+1',
  'a;\u0000=1+1',
  'a\u0000=1+1',
];
const NAMES = ['Zoë Größe', 'Łukasz', '山田太郎', 'Ελένη', '😀 Ünï', 'O"Neil, "quoted"', 'two\nlines'];

const lines = [
  ...FORMULAS.map((text) => ({ text, name: 'Eve' })),
  ...NAMES.map((name) => ({ text: 'signed in', name })),
].map(({ text, name }, n) =>
  exportLine(
    {
      action: 'user.login',
      description: text,
      actor: { type: 'user', id: text, name, email: text },
      source: { ip: text },
      properties: { text },
    },
    n,
  ),
);
const csv = exportText(csvFormat, [...lines, foreignLine('=1+1', 99)]);

inSpreadsheet(
  'a file without the apostrophes does have formulas',
  async () => {
    expect((await open('a\r\n=1+1\r\n', ',')).formulas).not.toEqual([]);
  },
  120_000,
);

inSpreadsheet(
  'no character before a formula brings it to life, and some would',
  async () => {
    const points = Array.from({ length: 0x10000 }, (_, point) => point).filter(
      (point) => point < 0xd800 || point > 0xdfff,
    );
    const texts = points.map((point) => `${String.fromCodePoint(point)}=1+1`);
    const raw = texts.filter((text) => !/["\r\n]/.test(text)).map((text) => `"${text}"\r\n`);
    expect((await open(`\ufeff${raw.join('')}`, ',')).formulas).not.toEqual([]);
    const guarded = texts.map((text) => `${csvText(text)}\r\n`);
    expect((await open(`\ufeff${guarded.join('')}`, ',')).formulas).toEqual([]);
  },
  120_000,
);

inSpreadsheet(
  'every row is there, with its names, and no formula lives',
  async () => {
    const { rows, formulas } = await open(csv, ',');
    expect(formulas).toEqual([]);
    const [, ...entries] = rows;
    expect(entries).toHaveLength(lines.length + 1);
    expect(entries.slice(0, -1).map(([id]) => id)).toEqual(lines.map(({ entry }) => entry?.id));
    for (const [n, name] of NAMES.entries()) expect(entries[FORMULAS.length + n]).toContain(name);
  },
  120_000,
);

inSpreadsheet.each([';', '\t', '|'])(
  'no formula is evaluated if cells are split by "%s" against the file',
  async (delimiter) => {
    expect((await open(csv, delimiter)).formulas).toEqual([]);
  },
  120_000,
);
