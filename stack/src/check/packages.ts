import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build, stop } from 'esbuild';
import { z } from 'zod';
import { inRoot, ROOT } from '../paths.ts';
import { ensurePlugin } from './plugin-build.ts';
import { packedApp } from './packed-app.ts';
import { packAndCheck } from './plugin-package.ts';
import { terminalProgress } from '../progress.ts';
import { ADAPTERS, adapterRecords } from './adapters.ts';
import { run, runVisibly } from '../install/run.ts';

const PACKAGES = ['core', 'sdk', 'keeper'];

const manifest = z.object({
  name: z.string(),
  exports: z.record(z.string(), z.union([z.object({ default: z.string() }), z.string()])),
});

interface Check {
  name: string;
  passes: () => Promise<boolean>;
}

// The size that a package adds to a bundle: its own code, minified and gzipped, without dependencies.
async function gzippedBytes(file: string): Promise<number> {
  const external = [
    'node:*',
    '@opentelemetry/*',
    '@auditrail/core',
    '@auditrail/core/*',
    'zod',
    'uuidv7',
    'commander',
    'yaml',
    // Loaded by the application.
    'better-auth/*',
    'drizzle-orm',
    'next/*',
    'rxjs',
  ];
  const options = { bundle: true, minify: true, write: false, platform: 'node', format: 'esm', external } as const;
  const { outputFiles } = await build({ ...options, entryPoints: [file], logLevel: 'silent' });
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length;
}

// Loads a packed package by name, with import and with require(), which can load ES modules in Node 22.15 and newer.
async function loads(specifier: string, app: string): Promise<boolean> {
  const options = specifier.endsWith('.json') ? ", { with: { type: 'json' } }" : '';
  const forms = [
    ['--input-type=module', '-e', `await import('${specifier}'${options})`],
    ['--input-type=commonjs', '-e', `require('${specifier}')`],
  ];
  for (const args of forms) {
    const { code, log } = await run(process.execPath, args, {
      cwd: app,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    if (code !== 0) {
      console.error(`${specifier} failed to load with ${args[0]}:\n${log}`);
      return false;
    }
  }
  return true;
}

const packed = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);

// npm shows the README, and the license has to be part of the package.
async function hasLicenseAndReadme(folder: string): Promise<boolean> {
  // Without this option, the output of scripts comes before the JSON.
  const args = ['pack', '--dry-run', '--json', '--foreground-scripts=false'];
  const { output } = await run('npm', args, { cwd: inRoot(folder) });
  const [{ files }] = packed.parse(JSON.parse(output));
  return ['LICENSE', 'README.md'].every((name) => files.some(({ path }) => path === name));
}

function checksOf(folder: string, app: string): Check[] {
  const { name, exports } = manifest.parse(JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8')));
  const tool =
    (command: string, ...args: string[]) =>
    async () =>
      (await runVisibly(command, args, { cwd: ROOT })) === 0;
  return [
    { name: `${name}: publint`, passes: tool('publint', folder, '--strict') },
    { name: `${name}: has LICENSE and README`, passes: () => hasLicenseAndReadme(folder) },
    {
      name: `${name}: types`,
      passes: tool('attw', '--pack', folder, '--profile', 'esm-only', '--format', 'table-flipped'),
    },
    ...Object.entries(exports)
      // Importing the keeper would run its command line.
      .filter(() => folder !== 'keeper')
      .map(([path, target]) => {
        const specifier = path === '.' ? name : `${name}${path.slice(1)}`;
        return {
          name: `${specifier}: loads by import and by require`,
          async passes() {
            if (typeof target !== 'string') {
              const bytes = await gzippedBytes(inRoot(folder, target.default));
              console.log(`${specifier}: ${(bytes / 1024).toFixed(1)} kB gzipped, without dependencies`);
            }
            return loads(specifier, app);
          },
        };
      }),
  ];
}

/** Builds the published packages and checks them as a user gets them. */
export async function checkPackages(): Promise<{ passed: number; failed: number }> {
  const count = { passed: 0, failed: 0 };
  const workspaces = PACKAGES.flatMap((folder) => ['-w', folder]);
  if ((await runVisibly('npm', ['run', '--silent', 'build', ...workspaces], { cwd: ROOT })) !== 0) {
    throw new Error('the build of the packages failed');
  }
  await ensurePlugin(terminalProgress());
  const app = await packedApp(['core', 'sdk']);
  const adapters = ADAPTERS.map((adapter) => ({
    name: `@auditrail/sdk/${adapter}: records in an ES module app and in a CommonJS app`,
    passes: () => adapterRecords(adapter, app.folder),
  }));
  const plugin = { name: 'the Grafana plugin as a package', passes: packAndCheck };
  const checks = PACKAGES.flatMap((folder) => checksOf(folder, app.folder));
  for (const { name, passes } of [...checks, ...adapters, plugin]) {
    const passed = await passes();
    if (!passed) console.error(`FAIL ${name}`);
    count[passed ? 'passed' : 'failed'] += 1;
  }
  await stop();
  app.remove();
  return count;
}
