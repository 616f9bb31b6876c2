import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fromBufferPromise } from 'yauzl';
import { z } from 'zod';
import { inRoot } from '../paths.ts';

/** Problems that the catalog's validator would report: errors block a plugin, warnings are for its reviewer. */
export interface Problems {
  errors: string[];
  warnings: string[];
}

/** The files of a package, by name in the zip. */
export type PackageFiles = ReadonlyMap<string, Buffer>;

const text = z.string().trim().min(1);
const manifestSchema = z.looseObject({
  // https://grafana.com/developers/plugin-tools/reference/plugin-json
  id: z.string().regex(/^[0-9a-z]+-([0-9a-z]+-)?(app|panel|datasource)$/),
  type: z.literal('app'),
  name: text.refine((name) => !/grafana|plugin|app$/i.test(name), 'must not contain "Grafana" or the type'),
  info: z.looseObject({
    version: z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/),
    updated: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
    description: text,
    author: z.looseObject({ name: text }),
    keywords: z.array(text).min(1),
    logos: z.object({ small: text, large: text }),
    screenshots: z.array(z.object({ name: text, path: text })),
  }),
  dependencies: z.looseObject({ grafanaDependency: z.string().regex(/^[<>=^~]*\d+\.\d+\.\d+/) }),
});

const MAX_FILE_BYTES = 5_000_000;
const IMAGES = ['.svg', '.png', '.jpg', '.jpeg', '.gif'];
const UNWANTED = /(^|\/)(\.git|\.DS_Store|__MACOSX|node_modules|\.env|Thumbs\.db)(\/|$)|\.(exe|dll|so|sh)$/;

/** Patterns that source code of a plugin must not contain, and the problem to report. */
const CODE: Array<[level: keyof Problems, pattern: RegExp, problem: string]> = [
  ['errors', /\/api\/ds\/query/, 'queries data sources by URL'],
  ['errors', /(?<![\w.'"`])(alert|confirm|prompt)\(/, "opens the browser's own dialog"],
  ['errors', /window\.open\((?!.*noopener)/, 'opens a window without noopener'],
  ['errors', /\beval\(|new Function\(/, 'runs text as code'],
  ['errors', /dangerouslySetInnerHTML|\.innerHTML\s*=/, 'writes raw HTML'],
  ['errors', /injectGlobal|<Global\b/, 'adds global styles'],
  ['warnings', /console\.(log|info|debug)\(/, 'logs to the console'],
  ['warnings', /window\.location/, 'uses window.location'],
  ['warnings', /@ts-(ignore|nocheck|expect-error)/, 'silences the type checker'],
];

/** Problems of a source file. @param name for the message */
export function codeProblems(name: string, source: string): Problems {
  const problems: Problems = { errors: [], warnings: [] };
  // Examples in doc comments are not code.
  const code = source.replace(/^\s*\*.*$/gm, '');
  for (const [level, pattern, problem] of CODE) if (pattern.test(code)) problems[level].push(`${name} ${problem}`);
  return problems;
}

/** Problems of the files of a package. */
export function fileProblems(files: PackageFiles, packageVersion: string): Problems {
  const errors: string[] = [];
  const warnings: string[] = [];
  const roots = new Set([...files.keys()].map((name) => name.split('/')[0]));
  const [root = ''] = roots;
  const read = (name: string) => files.get(`${root}/${name}`)?.toString('utf8');
  if (roots.size !== 1) errors.push(`the zip must have one top-level folder, not ${roots.size}`);
  for (const [name, { length }] of files) {
    if (UNWANTED.test(name)) errors.push(`${name} does not belong in a package`);
    if (length > MAX_FILE_BYTES) errors.push(`${name} has ${length} bytes`);
    if (length === 0) errors.push(`${name} is empty`);
  }
  const parsed = manifestSchema.safeParse(JSON.parse(read('plugin.json') ?? 'null'));
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `plugin.json ${path.join('.')}: ${message}`);
    return { errors: [...errors, ...issues], warnings };
  }
  const { id, info } = parsed.data;
  if (root !== id) errors.push(`the folder is ${root}, but the plugin's id is ${id}`);
  if (info.version !== packageVersion) errors.push(`plugin.json has ${info.version}, package.json ${packageVersion}`);
  if (!files.has(`${root}/module.js`)) errors.push('module.js is missing');
  for (const { path } of [...Object.values(info.logos).map((path) => ({ path })), ...info.screenshots]) {
    if (!files.has(`${root}/${path}`)) errors.push(`${path} is missing`);
    if (!IMAGES.includes(extname(path))) errors.push(`${path} is not svg, png, jpeg or gif`);
  }
  if (info.screenshots.length === 0) warnings.push('no screenshots');
  if (!files.has(`${root}/MANIFEST.txt`)) warnings.push('unsigned: no MANIFEST.txt');
  const readme = read('README.md') ?? '';
  if (readme.length < 500) errors.push('README.md is too short');
  if (/create-plugin|Plugin development|Distributing your plugin/i.test(readme)) errors.push('README.md is a template');
  if (/!\[[^\]]*\]\((?!https:)/.test(readme)) errors.push('README.md has an image with a relative URL');
  if (!(read('CHANGELOG.md') ?? '').includes(`## ${info.version}`)) errors.push(`CHANGELOG.md lacks ${info.version}`);
  if (!(read('LICENSE') ?? '').includes('Apache License')) errors.push('LICENSE is not the Apache License');
  for (const [name, { length }] of files) {
    if (
      name.endsWith('.js') &&
      length > 0 &&
      !name.endsWith('module.js') &&
      !files.has(`${name}.map`) &&
      length > 5_000
    ) {
      warnings.push(`${name} has no source map`);
    }
  }
  return { errors, warnings };
}

async function unzip(file: string): Promise<PackageFiles> {
  const zip = await fromBufferPromise(readFileSync(file));
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    files.set(entry.fileName, Buffer.concat(chunks));
  }
  return files;
}

// The plugin's own source code, from the package's source maps, so that the published code is checked.
function ownSources(files: PackageFiles): Array<[name: string, source: string]> {
  const map = z.looseObject({ sources: z.array(z.string()), sourcesContent: z.array(z.string().nullable()) });
  return [...files].flatMap(([name, content]) => {
    if (!name.endsWith('.js.map')) return [];
    const { sources, sourcesContent } = map.parse(JSON.parse(content.toString('utf8')));
    return sources.flatMap((source, index): Array<[string, string]> =>
      /node_modules|webpack\/|external /.test(source) ? [] : [[source, sourcesContent[index] ?? '']],
    );
  });
}

/**
 * Problems of a packed plugin, by those rules of Grafana's plugin validator that need no network and no signature. The
 * validator itself is not in a package registry: the package there downloads it from elsewhere.
 */
export async function packageProblems(file: string): Promise<Problems> {
  const files = await unzip(file);
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(inRoot('grafana-plugin/package.json'), 'utf8')));
  const sources = ownSources(files);
  const found = [fileProblems(files, version), ...sources.map(([name, source]) => codeProblems(name, source))];
  const errors = found.flatMap((one) => one.errors);
  if (sources.length === 0) errors.push('the source maps contain no source code');
  return { errors: [...new Set(errors)], warnings: [...new Set(found.flatMap((one) => one.warnings))] };
}
