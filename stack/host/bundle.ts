import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, inRoot } from '../src/paths.ts';
import { packageFolder } from './assets.ts';

const SHELL = join(import.meta.dirname, 'shell');
const LOCKFILE = inRoot('package-lock.json');

/**
 * Bundles the shell, with the libraries that it shares with the plugin, into the cache. Takes a few seconds if the shell's
 * sources or the lock file have changed.
 *
 * @returns the folder with `shell.js` and `shell.css`
 * @throws Error with esbuild's messages if the build fails
 */
export async function bundleShell(report: (line: string) => void = () => {}): Promise<string> {
  const folder = join(cacheFolder(), `host-${await inputHash()}`);
  if (existsSync(folder)) {
    return folder;
  }
  report('Bundling the development host (once, a few seconds)…');
  const started = Date.now();
  await mkdir(cacheFolder(), { recursive: true });
  const unfinished = await mkdtemp(`${folder}.`);
  try {
    await build(unfinished);
    await rename(unfinished, folder).catch((error: unknown) => {
      // Another process created the same bundle first.
      if (!existsSync(folder)) {
        throw error;
      }
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  report(`Bundled the development host in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  return folder;
}

async function build(outdir: string): Promise<void> {
  // Loaded on demand, to keep starts with a cached bundle fast.
  const { build: esbuild, stop } = await import('esbuild');
  const runtime = join(packageFolder('@grafana/runtime'), 'dist/esm');
  await esbuild({
    entryPoints: { shell: join(SHELL, 'main.tsx') },
    outdir,
    bundle: true,
    minify: true,
    sourcemap: false,
    format: 'esm',
    // Keeps the lazy imports of Grafana's packages (the code editor, maps).
    splitting: true,
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    // The function that sets the component behind PluginPage is not exported by the package's index.
    alias: { 'host:plugin-page': join(runtime, 'components/PluginPage.mjs') },
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: { '.ttf': 'file' },
    legalComments: 'none',
    logLevel: 'silent',
  });
  // Otherwise esbuild's service process keeps this process running.
  await stop();
}

async function inputHash(): Promise<string> {
  const sources = (await readdir(SHELL)).sort().map((name) => join(SHELL, name));
  const hash = createHash('sha256');
  for (const file of [join(import.meta.dirname, 'bundle.ts'), LOCKFILE, ...sources]) {
    hash.update(`${file}\n`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}
