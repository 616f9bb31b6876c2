import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inRoot } from '../stack/src/index.ts';

// docs/reference/conformance.md lists claims of other audit pages, and the tests that prove them for this one.
const rows = readFileSync(inRoot('docs/reference/conformance.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Claim') && !line.startsWith('| ---'));
const PROOF = /`([\w.-]+\.[bi]?test\.tsx?)` “([^”]+)”/g;

const folders = [
  'core',
  'sdk',
  'keeper',
  'stack',
  'provisioning',
  'collector-config',
  'examples',
  'e2e',
  'grafana-plugin',
];
const files = folders.flatMap((folder) =>
  readdirSync(inRoot(folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[bi]?test\.tsx?$/.test(path) && !/node_modules|dist\//.test(path))
    .map((path) => join(inRoot(folder), path)),
);

// The name in quotes, followed by a comma.
function hasTest(path: string, name: string): boolean {
  const source = readFileSync(path, 'utf8').replaceAll("\\'", "'");
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote},`));
}

test('every claim has a proof or is marked as not proved', () => {
  expect(rows.length).toBeGreaterThan(90);
  const without = rows.filter((row) => !row.includes('| not proved') && [...row.matchAll(PROOF)].length === 0);
  expect(without).toEqual([]);
});

test('every test that is a proof exists', () => {
  const missing = rows.flatMap((row) =>
    [...row.matchAll(PROOF)].flatMap(([proof, file, name = '']) => {
      const found = files.filter((path) => basename(path) === file);
      return found.some((path) => hasTest(path, name)) ? [] : [proof];
    }),
  );
  expect(missing).toEqual([]);
});

test('every test file that a comment names exists', () => {
  const missing = files.flatMap((path) => {
    const comments = readFileSync(path, 'utf8').match(/^\s*(?:\/\/|\*).*$/gm) ?? [];
    const named = comments.join('\n').match(/[\w./-]+\.[bi]?test\.tsx?/g) ?? [];
    return named.filter((name) => !files.some((file) => file.endsWith(`/${name}`))).map((name) => `${path}: ${name}`);
  });
  expect(missing).toEqual([]);
});
