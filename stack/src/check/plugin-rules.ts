import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fromBufferPromise } from 'yauzl';
import { z } from 'zod';
import { inRoot } from '../paths.ts';

/** What the catalogue's validator would say: errors keep a plugin out, warnings are for the reviewer. */
export interface Problems {
  errors: string[];
  warnings: string[];
}

/** The files of a package, by their names in the zip. */
export type PackageFiles = ReadonlyMap<string, Buffer>;

const text = z.string().trim().min(1);
const manifestSchema = z.looseObject({
  // https://grafana.com/developers/plugin-tools/reference/plugin-json
  id: z.string().regex(/^[0-9a-z]+-([0-9a-z]+-)?(app|panel|datasource)$/),
  type: z.literal('app'),
  name: text.refine((name) => !/grafana|plugin|app$/i.test(name), 'names neither Grafana nor the type'),
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

/** What source code of a plugin may not do; each with the words for whoever reads it. */
const CODE: Array<[level: keyof Problems, pattern: RegExp, words: string]> = [
  ['errors', /\/api\/ds\/query/, 'queries data sources by their address'],
  ['errors', /(?<![\w.'"`])(alert|confirm|prompt)\(/, "opens the browser's own dialog"],
  ['errors', /window\.open\((?!.*noopener)/, 'opens a window without noopener'],
  ['errors', /\beval\(|new Function\(/, 'makes code of text'],
  ['errors', /dangerouslySetInnerHTML|\.innerHTML\s*=/, 'writes HTML of its own'],
  ['errors', /injectGlobal|<Global\b/, 'styles what is not its own'],
  ['warnings', /console\.(log|info|debug)\(/, 'logs to the console'],
  ['warnings', /window\.location/, 'uses window.location'],
  ['warnings', /@ts-(ignore|nocheck|expect-error)/, 'silences the type checker'],
];

/** What of a source file the validator would not like. `name` is for the message. */
export function codeProblems(name: string, source: string): Problems {
  const problems: Problems = { errors: [], warnings: [] };
  // Examples in doc comments do nothing.
  const code = source.replace(/^\s*\*.*$/gm, '');
  for (const [level, pattern, words] of CODE) if (pattern.test(code)) problems[level].push(`${name} ${words}`);
  return problems;
}

/** What is wrong with the files of a package. */
export function fileProblems(files: PackageFiles, packageVersion: string): Problems {
  const errors: string[] = [];
  const warnings: string[] = [];
  const roots = new Set([...files.keys()].map((name) => name.split('/')[0]));
  const [root = ''] = roots;
  const read = (name: string) => files.get(`${root}/${name}`)?.toString('utf8');
  if (roots.size !== 1) errors.push(`one folder at the top, not ${roots.size}`);
  for (const [name, { length }] of files) {
    if (UNWANTED.test(name)) errors.push(`${name} does not belong into a package`);
    if (length > MAX_FILE_BYTES) errors.push(`${name} has ${length} bytes`);
    if (length === 0) errors.push(`${name} is empty`);
  }
  const parsed = manifestSchema.safeParse(JSON.parse(read('plugin.json') ?? 'null'));
  if (!parsed.success) {
    const told = parsed.error.issues.map(({ path, message }) => `plugin.json ${path.join('.')}: ${message}`);
    return { errors: [...errors, ...told], warnings };
  }
  const { id, info } = parsed.data;
  if (root !== id) errors.push(`the folder is ${root}, the plugin's id ${id}`);
  if (info.version !== packageVersion) errors.push(`plugin.json says ${info.version}, package.json ${packageVersion}`);
  if (!files.has(`${root}/module.js`)) errors.push('module.js is missing');
  for (const { path } of [...Object.values(info.logos).map((path) => ({ path })), ...info.screenshots]) {
    if (!files.has(`${root}/${path}`)) errors.push(`${path} is missing`);
    if (!IMAGES.includes(extname(path))) errors.push(`${path} is no svg, png, jpeg or gif`);
  }
  if (info.screenshots.length === 0) warnings.push('no screenshots');
  if (!files.has(`${root}/MANIFEST.txt`)) warnings.push('unsigned: no MANIFEST.txt');
  const readme = read('README.md') ?? '';
  if (readme.length < 500) errors.push('README.md says too little');
  if (/create-plugin|Plugin development|Distributing your plugin/i.test(readme)) errors.push('README.md is a template');
  if (/!\[[^\]]*\]\((?!https:)/.test(readme)) errors.push('README.md shows an image by a relative address');
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

// What the source maps hold of the plugin's own code: what is published is what is judged.
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
 * What is wrong with a packed plugin, by the rules of Grafana's plugin validator that need neither network nor signature.
 * The validator itself is not to be had from a package registry: what is there only downloads it from elsewhere.
 */
export async function packageProblems(file: string): Promise<Problems> {
  const files = await unzip(file);
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(inRoot('grafana-plugin/package.json'), 'utf8')));
  const sources = ownSources(files);
  const found = [fileProblems(files, version), ...sources.map(([name, source]) => codeProblems(name, source))];
  const errors = found.flatMap((one) => one.errors);
  if (sources.length === 0) errors.push('the source maps hold no source');
  return { errors: [...new Set(errors)], warnings: [...new Set(found.flatMap((one) => one.warnings))] };
}
