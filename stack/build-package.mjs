// Builds the package in the current folder: each entry point of its `exports`, with shared code in chunks. The used parts of
// zod are bundled: loading all of zod takes ten times as long and ten times the memory.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const { exports: entries, dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
const external = Object.keys({ ...dependencies, ...peerDependencies })
  .filter((name) => name !== 'zod')
  .flatMap((name) => [name, `${name}/*`]);

await build({
  // Other entries are files that are published as they are.
  entryPoints: Object.values(entries).flatMap((entry) => entry['@auditrail/source'] ?? []),
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  target: 'es2024',
  external: [...external, 'node:*'],
  sourcemap: true,
  logLevel: 'warning',
});

if ('zod' in dependencies) {
  const zod = dirname(createRequire(import.meta.url).resolve('zod/package.json'));
  const license = readFileSync(join(zod, 'LICENSE'), 'utf8');
  writeFileSync('dist/THIRD_PARTY_LICENSES', `This package contains parts of zod. Its license:\n\n${license}`);
}
