import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inRoot } from '../stack/src/index.ts';

// docs/reference/conformance.md: what other audit pages promise, and the tests that prove that this one does it.
const rows = readFileSync(inRoot('docs/reference/conformance.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Claim') && !line.startsWith('| ---'));
const PROOF = /`([\w.-]+\.[bi]?test\.tsx?)` “([^”]+)”/g;

const places = [
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
const files = places.flatMap((place) =>
  readdirSync(inRoot(place), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[bi]?test\.tsx?$/.test(path) && !/node_modules|dist\//.test(path))
    .map((path) => join(inRoot(place), path)),
);

// Quoted and followed by what it runs: the name of a test, not some words in it.
function hasTest(path: string, name: string): boolean {
  const source = readFileSync(path, 'utf8').replaceAll("\\'", "'");
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote},`));
}

test('every promise has its proof, or says plainly that it has none', () => {
  expect(rows.length).toBeGreaterThan(90);
  const without = rows.filter((row) => !row.includes('| not proved') && [...row.matchAll(PROOF)].length === 0);
  expect(without).toEqual([]);
});

test('every test that is named as a proof is there', () => {
  const gone = rows.flatMap((row) =>
    [...row.matchAll(PROOF)].flatMap(([proof, file, name = '']) => {
      const found = files.filter((path) => basename(path) === file);
      return found.some((path) => hasTest(path, name)) ? [] : [proof];
    }),
  );
  expect(gone).toEqual([]);
});

test('every test that a comment of another one names is there', () => {
  const gone = files.flatMap((path) => {
    const comments = readFileSync(path, 'utf8').match(/^\s*(?:\/\/|\*).*$/gm) ?? [];
    const named = comments.join('\n').match(/[\w./-]+\.[bi]?test\.tsx?/g) ?? [];
    return named.filter((name) => !files.some((file) => file.endsWith(`/${name}`))).map((name) => `${path}: ${name}`);
  });
  expect(gone).toEqual([]);
});
