import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.ts';

// nginx is in /usr/sbin, which may not be on the PATH.
const EXTRA_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** The path of a program on the PATH, or `undefined`. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...EXTRA_FOLDERS];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Whether this process can install Debian packages. */
export function mayInstall(): boolean {
  return existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
}

/** Installs a Debian package; requires {@link mayInstall}. */
export async function installDebianPackage(packageName: string): Promise<void> {
  console.error(`Installing the Debian package ${packageName} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-q'],
    ['install', '-q', '-y', '--no-install-recommends', packageName],
  ]) {
    const result = await run('apt-get', args, { env });
    if (result.code !== 0) throw new Error(`apt-get ${args.join(' ')} failed: ${result.log}`);
  }
}

/**
 * The path of a program of a Debian package. Installs the package if the program is missing and {@link mayInstall}.
 *
 * @throws Error with the package's name if it cannot be installed
 * @example await ensureDebianPackage('nginx-light', 'nginx') // '/usr/sbin/nginx'
 */
export async function ensureDebianPackage(packageName: string, program: string): Promise<string> {
  const found = findProgram(program);
  if (found) return found;
  const remedy = `Install it, on Debian or Ubuntu with: apt-get install ${packageName}`;
  if (!mayInstall()) throw new Error(`The program "${program}" is not on the PATH. ${remedy}`);
  await installDebianPackage(packageName);
  const installed = findProgram(program);
  if (!installed) throw new Error(`${packageName} is installed, but has no program "${program}". ${remedy}`);
  return installed;
}
