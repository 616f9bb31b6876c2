import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { canonicalJson } from '@auditrail/core';
import { testEntry } from '@auditrail/stack/testing';
import { findProgram, installDebianPackage, mayInstall } from '../../../stack/src/install/debian.ts';
import { run } from '../../../stack/src/install/run.ts';

const PACKAGE = 'libreoffice-calc-nogui';
const canRun = findProgram('soffice') !== undefined || mayInstall();
const inSpreadsheet = canRun ? it : it.skip;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'workbook-'));
  if (canRun && !findProgram('soffice')) await installDebianPackage(PACKAGE);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TEXTS = ['1795241899123456789', '00123', '1E5', '2026-01-02', '1/2', 'TRUE', '=1+1', '@SUM(1)', "'x", '_x0041_'];
const CONTROLS = ['\u0000=1+1', '\u0001+1', '\ufeff=1+1'];

inSpreadsheet(
  'LibreOffice shows every text letter for letter, and evaluates none',
  async () => {
    const lines = [...TEXTS, ...CONTROLS].map((text) =>
      canonicalJson(testEntry({ description: text, actor: { type: 'user', id: text } })),
    );
    writeFileSync(join(folder, 'lines.ndjson'), lines.join('\n'));
    const node = ['--conditions=@auditrail/source', join(__dirname, '../cli.ts'), 'spreadsheet', '--columns', 'ip'];
    const written = await run(process.execPath, [...node, join(folder, 'lines.ndjson'), join(folder, 'book.xlsx')]);
    if (written.code !== 0) throw new Error(written.log);
    const profile = `-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`;
    const args = [profile, '--headless', '--convert-to', 'fods', '--outdir', folder, join(folder, 'book.xlsx')];
    const { code, log } = await run('soffice', args);
    if (code !== 0) throw new Error(log);
    const xml = readFileSync(join(folder, 'book.fods'), 'utf8');
    expect(xml).not.toContain('table:formula');
    const rows = [...xml.matchAll(/<table:table-row[^>]*>(.*?)<\/table:table-row>/gs)].map(([, row = '']) => row);
    for (const [i, text] of TEXTS.entries()) {
      const shown = text.replaceAll("'", '&apos;');
      expect(rows[i + 1]?.split(`<text:p>${shown}</text:p>`)).toHaveLength(3);
      expect(rows[i + 1]).not.toMatch(/office:value-type="(float|date|boolean|percentage)"/);
    }
  },
  120_000,
);
