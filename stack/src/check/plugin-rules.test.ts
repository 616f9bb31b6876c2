import { codeProblems, fileProblems } from './plugin-rules.ts';

const MANIFEST = {
  id: 'a-b-app',
  type: 'app',
  name: 'Trail',
  info: {
    ...{ version: '1.2.3', updated: '2026-11-21', description: 'x', author: { name: 'x' }, keywords: ['x'] },
    ...{ logos: { small: 'img/logo.svg', large: 'img/logo.svg' }, screenshots: [{ name: 'x', path: 'img/x.png' }] },
  },
  dependencies: { grafanaDependency: '>=12.2.0' },
};
const good: Record<string, string> = {
  'a-b-app/plugin.json': JSON.stringify(MANIFEST),
  'a-b-app/module.js': 'x',
  'a-b-app/README.md': 'What it is for. '.repeat(50),
  'a-b-app/CHANGELOG.md': '## 1.2.3',
  'a-b-app/LICENSE': 'Apache License',
  'a-b-app/MANIFEST.txt': 'x',
  'a-b-app/img/logo.svg': '<svg/>',
  'a-b-app/img/x.png': 'x',
};
const check = (change: Record<string, string | undefined> = {}) => {
  const files = Object.entries({ ...good, ...change }).flatMap(([name, text]): Array<[string, Buffer]> =>
    text === undefined ? [] : [[name, Buffer.from(text)]],
  );
  return fileProblems(new Map(files), '1.2.3');
};
const withInfo = (info: object) => ({
  'a-b-app/plugin.json': JSON.stringify({ ...MANIFEST, info: { ...MANIFEST.info, ...info } }),
});

test('a complete package has no problems', () => {
  expect(check()).toEqual({ errors: [], warnings: [] });
});

test.each([
  ['one top-level folder', { 'other/file.js': 'x' }],
  ['does not belong', { 'a-b-app/node_modules/x/index.js': 'x' }],
  ['module.js is missing', { 'a-b-app/module.js': undefined }],
  ['img/x.png is missing', { 'a-b-app/img/x.png': undefined }],
  ['not the Apache License', { 'a-b-app/LICENSE': 'All rights reserved' }],
  ['lacks 1.2.3', { 'a-b-app/CHANGELOG.md': '## 1.2.2' }],
  ['too short', { 'a-b-app/README.md': 'Short' }],
  ['relative URL', { 'a-b-app/README.md': `${'x'.repeat(600)} ![x](img/x.png)` }],
  ['is empty', { 'a-b-app/empty.js': '' }],
  ['info.version', withInfo({ version: '%VERSION%' })],
  ['package.json 1.2.3', withInfo({ version: '1.2.4' })],
  ['info.updated', withInfo({ updated: '%TODAY%' })],
  ['not svg', withInfo({ logos: { small: 'img/logo.webp', large: 'img/logo.svg' } })],
])('reports: %s', (problem, change) => {
  expect(check(change).errors.join('\n')).toContain(problem);
});

test('an unsigned package is a warning', () => {
  expect(check({ 'a-b-app/MANIFEST.txt': undefined }).warnings).toEqual(['unsigned: no MANIFEST.txt']);
});

test.each([
  ['fetch("/api/ds/query")', 'errors'],
  ['if (confirm("Sure?")) go()', 'errors'],
  ['window.open(url, "_blank")', 'errors'],
  ['element.innerHTML = text', 'errors'],
  ['console.log(1)', 'warnings'],
] as const)('%s is among the %s', (source, level) => {
  expect(codeProblems('x.ts', source)[level]).toHaveLength(1);
});

test('similar code is not a problem', () => {
  const source = `t('reveal.confirm', 'Reveal'); window.open(url, '_blank', 'noopener'); console.error(error); jest.prompt(1)`;
  expect(codeProblems('x.ts', source)).toEqual({ errors: [], warnings: [] });
});
