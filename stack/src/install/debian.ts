import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.ts';

// nginx lies in /usr/sbin, which is not on everyone's PATH.
const FURTHER_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** Where a program lies on the PATH, or `undefined`. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...FURTHER_FOLDERS];
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

/** Whether this process may install Debian's packages. */
export function mayInstall(): boolean {
  return existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
}

/** Installs a Debian package, where {@link mayInstall}. */
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
 * The path of a program that Debian packages; installed with apt-get where it is missing and this process may.
 *
 * @throws Error naming the package where it cannot be installed.
 * @example await ensureDebianPackage('nginx-light', 'nginx') // '/usr/sbin/nginx'
 */
export async function ensureDebianPackage(packageName: string, program: string): Promise<string> {
  const found = findProgram(program);
  if (found) return found;
  const remedy = `Install it, on Debian or Ubuntu with: apt-get install ${packageName}`;
  if (!mayInstall()) throw new Error(`The program "${program}" is not on the PATH. ${remedy}`);
  await installDebianPackage(packageName);
  const installed = findProgram(program);
  if (!installed) throw new Error(`${packageName} is installed, but brought no program "${program}". ${remedy}`);
  return installed;
}
