import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../install/run.ts';
import { inRoot, ROOT } from '../paths.ts';

const packed = z.array(z.object({ name: z.string(), filename: z.string() }));

/** Links everything in a `node_modules` folder except our own packages into another one. */
function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const { name } of readdirSync(from, { withFileTypes: true })) {
    if (name.startsWith('.') || name === '@auditrail') continue;
    if (name.startsWith('@')) {
      linkModules(join(from, name), join(to, name));
      continue;
    }
    symlinkSync(join(from, name), join(to, name));
  }
}

/**
 * Makes the folder of an application that has installed packages from the archives that `npm pack` makes.
 *
 * @param packages folders of built packages
 * @returns the folder, and a function that removes it
 */
export async function packedApp(packages: readonly string[]): Promise<{ folder: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-packed-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@auditrail'), { recursive: true });
  const workspaces = packages.flatMap((name) => ['-w', name]);
  const args = ['pack', '--json', '--foreground-scripts=false', '--pack-destination', folder, ...workspaces];
  const { code, output, log } = await run('npm', args, { cwd: ROOT });
  if (code !== 0) throw new Error(`npm pack failed:\n${log}`);
  linkModules(inRoot('node_modules'), modules);
  for (const { name, filename } of packed.parse(JSON.parse(output))) {
    const target = join(modules, name);
    mkdirSync(target, { recursive: true });
    const extracted = await run('tar', ['-xzf', join(folder, filename), '-C', target, '--strip-components=1']);
    if (extracted.code !== 0) throw new Error(`${filename} cannot be extracted:\n${extracted.log}`);
    const own = inRoot(name.replace('@auditrail/', ''), 'node_modules');
    if (existsSync(own)) linkModules(own, join(target, 'node_modules'));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
