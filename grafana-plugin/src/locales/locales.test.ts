import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import plugin from '../plugin.json';

interface Tree {
  [name: string]: string | Tree;
}

const FILE = `${plugin.id}.json`;
const ROOT = join(__dirname, '../..');

function flat(tree: Tree, path = ''): Map<string, string> {
  const texts = Object.entries(tree).flatMap(([name, one]): Array<[string, string]> =>
    typeof one === 'string' ? [[path + name, one]] : [...flat(one, `${path}${name}.`)],
  );
  return new Map(texts);
}

const read = (folder: string, language: string) =>
  flat(JSON.parse(readFileSync(join(folder, language, FILE), 'utf8')) as Tree);

const placeholders = (text = '') => [...new Set(text.match(/\{\{.*?\}\}/g) ?? [])].sort().join(' ');
// The forms of a plural are texts of one key: https://www.i18next.com/translation-function/plurals
const FORM = /_(zero|one|two|few|many|other)$/;

// The current texts of the source: English, and the plural forms that each language needs.
let extracted: string;
beforeAll(() => {
  extracted = mkdtempSync(join(tmpdir(), 'auditrail-locales-'));
  const cli = join(dirname(require.resolve('i18next-cli/package.json')), 'dist/esm/cli.js');
  const env = { ...process.env, AUDITRAIL_LOCALES: extracted };
  execFileSync(process.execPath, [cli, 'extract', '--quiet'], { cwd: ROOT, env, stdio: 'pipe' });
}, 60_000);
afterAll(() => rmSync(extracted, { recursive: true, force: true }));

/** The problems of a language's translations, one line for each text. */
function problemsOf(language: string): string[] {
  const english = read(extracted, 'en-US');
  const wanted = read(extracted, language);
  const given = read(__dirname, language);
  const englishOf = (key: string) => english.get(key) ?? english.get(key.replace(FORM, '_other'));
  const problems: string[] = [];
  for (const key of wanted.keys()) {
    const text = given.get(key);
    const source = englishOf(key);
    if (!text) problems.push(`missing: ${key} (${source})`);
    else if (language === 'en-US' && text !== source) problems.push(`not as in the source: ${key} (${source})`);
    // The singular form can omit the number.
    else if (placeholders(text) !== placeholders(source) && !/_(zero|one)$/.test(key)) {
      problems.push(`other placeholders: ${key} (${text} / ${source})`);
    }
  }
  return [...problems, ...[...given.keys()].filter((key) => !wanted.has(key)).map((key) => `stale: ${key}`)];
}

test.each(plugin.languages)('%s has every text of the source (npm run i18n -w grafana-plugin)', (language) => {
  expect(problemsOf(language)).toEqual([]);
});

test('no text is left in English in another language', () => {
  const english = read(__dirname, 'en-US');
  for (const language of plugin.languages.slice(1)) {
    const same = [...read(__dirname, language)].filter(
      ([key, text]) => / \w+ /.test(text) && text === english.get(key),
    );
    expect(same).toEqual([]);
  }
});
