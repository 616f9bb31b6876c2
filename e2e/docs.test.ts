import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { inRoot } from '../stack/src/index.ts';

// The pages: their links lead somewhere, their source files exist, and they stay short enough to read.
const OUTSIDE = new Set([
  'node_modules',
  'dist',
  'artifacts',
  '.git',
  '.data',
  '.ci',
  '.config',
  'packages',
  'coverage',
]);

function filesIn(folder: string): string[] {
  return readdirSync(inRoot(folder), { withFileTypes: true }).flatMap((entry) => {
    if (OUTSIDE.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
const files = filesIn('.');
const read = (path: string) => readFileSync(inRoot(path), 'utf8');
const pages = files.filter((path) => path.endsWith('.md'));

const withoutCode = (text: string) => text.replace(/^```[^]*?^```$/gm, '');

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (path: string) =>
  [...withoutCode(read(path)).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

function leadsSomewhere(path: string, anchor: string | undefined): boolean {
  if (!existsSync(inRoot(path))) return false;
  return anchor === undefined || anchorsOf(path).includes(anchor);
}

test('every link between pages leads to a file, and to a heading of it', () => {
  const broken = pages.flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
      ([link, path, anchor]) => {
        const target = path ? normalize(join(dirname(page), path)) : page;
        return leadsSomewhere(target, anchor) ? [] : [`${page}: ${link}`];
      },
    ),
  );
  expect(broken).toEqual([]);
});

test('every page of docs/ that code or configuration names exists, with its heading', () => {
  const sources = files.filter((path) => /\.(tsx?|m?js|ya?ml|json|template)$/.test(path) && !/lock/.test(path));
  const broken = sources.flatMap((source) =>
    [...read(source).matchAll(/(?<![\w./-])docs\/[\w/-]+\.md(?:#([\w-]+))?/g)].flatMap(([link, anchor]) =>
      leadsSomewhere(link.replace(/#.*/, ''), anchor) ? [] : [`${source}: ${link}`],
    ),
  );
  expect(broken).toEqual([]);
});

test('every source file that a page names exists', () => {
  const NAMED =
    /`((?:core|sdk|keeper|grafana-plugin|provisioning|collector-config|stack|examples|e2e)\/[\w./-]+\.\w+)`/g;
  const named = pages.flatMap((page) => [...read(page).matchAll(NAMED)].map(([, path = '']) => ({ page, path })));
  expect(named.filter(({ page }) => page === 'docs/life-of-an-entry.md').length).toBeGreaterThan(40);
  expect(named.filter(({ path }) => !existsSync(inRoot(path)))).toEqual([]);
});

test('the index lists every page and every decision', () => {
  const index = read('docs/README.md');
  const missing = files
    .filter((path) => /^docs\/.*\.md$/.test(path) && path !== 'docs/README.md')
    .filter((path) => !index.includes(`](${path.replace('docs/', '')}`));
  expect(missing).toEqual([]);
});

test('the README has at most 120 lines', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120);
});

/** What a reader sees of a piece of Markdown: links without their targets. */
const shown = (text: string) => text.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1');

test('no paragraph is over five lines, and no table cell is a paragraph', () => {
  const long = pages.flatMap((page) =>
    withoutCode(read(page))
      .split(/\n\n+|\n(?=\s*(?:[-*|]|\d+\.) ?)/)
      .flatMap((block) => {
        // A record of a comparison: its cells quote others and name tests.
        if (block.startsWith('|') && page === 'docs/reference/conformance.md') return [];
        const pieces = block.startsWith('|') ? shown(block).split(/(?<!\\)\||<br>/) : [shown(block)];
        const most = block.startsWith('|') ? 300 : 500;
        return pieces.filter((piece) => piece.length > most).map((piece) => `${page}: ${piece.trim().slice(0, 80)}`);
      }),
  );
  expect(long).toEqual([]);
});
