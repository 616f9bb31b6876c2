import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureDebianPackage, installDebianPackage, mayInstall } from './debian.ts';
import { withLock } from './lock.ts';
import { cacheFolder } from '../paths.ts';
import { run } from './run.ts';

async function mustRun(command: string, args: string[]): Promise<void> {
  const { code, log } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${log}`);
}

/**
 * A Python with these packages, in an environment of its own that is made once and kept in the cache.
 *
 * @param requirements as pip takes them, with versions: `schemathesis==4.0.0`
 * @returns the path of its interpreter
 * @throws Error where there is no Python 3 with `venv`, or a package cannot be installed
 */
export async function pythonWith(requirements: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), 'python', hash);
  const done = join(folder, 'complete');
  const python = join(folder, 'bin/python');
  if (existsSync(done)) return python;
  await mkdir(dirname(folder), { recursive: true });
  return withLock(
    `${folder}.lock`,
    () => {},
    async () => {
      if (existsSync(done)) return python;
      await rm(folder, { recursive: true, force: true });
      const system = await ensureDebianPackage('python3', 'python3');
      // Debian keeps the module in a package of its own.
      const hasVenv = (await run(system, ['-c', 'import ensurepip, venv'])).code === 0;
      if (!hasVenv && mayInstall()) await installDebianPackage('python3-venv');
      await mustRun(system, ['-m', 'venv', folder]);
      await mustRun(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements]);
      await writeFile(done, '');
      return python;
    },
  );
}
