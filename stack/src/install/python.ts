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
 * Creates a Python virtual environment with these packages, once, in the cache.
 *
 * @param requirements in pip's format, with versions: `schemathesis==4.0.0`
 * @returns the path of the interpreter
 * @throws Error if Python 3 with `venv` is missing, or a package cannot be installed
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
      // On Debian, venv is a separate package.
      const hasVenv = (await run(system, ['-c', 'import ensurepip, venv'])).code === 0;
      if (!hasVenv && mayInstall()) await installDebianPackage('python3-venv');
      await mustRun(system, ['-m', 'venv', folder]);
      await mustRun(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements]);
      await writeFile(done, '');
      return python;
    },
  );
}
