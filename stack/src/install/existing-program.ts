import { findProgram } from './debian.ts';
import { run } from './run.ts';

/** A program that this project can build, and that may already be installed. */
export interface RequiredProgram {
  /** For people: `Loki`. */
  title: string;
  /** File names to look for on the PATH, in this order. */
  names: readonly string[];
  /** The environment variable that may have its path. */
  variable: string;
  /** The version that this project is tested with. */
  version: string;
  /** A further check, for example of components that it must contain. Returns the problem. */
  problem?: (path: string) => Promise<string | undefined>;
}

async function problemOf(path: string, required: RequiredProgram, isNamed: boolean): Promise<string | undefined> {
  const { code, output, log } = await run(path, ['--version']);
  if (code !== 0) return `"--version" ended with exit code ${code}`;
  const version = /\bv?(\d+\.\d+\.\d+)\b/.exec(output.split('\n')[0] || log)?.[1];
  // A program that was built by hand may have no version: trust the variable.
  if (version !== required.version && (version !== undefined || !isNamed)) {
    return `its version is ${version ?? 'unknown'}, but ${required.version} is required`;
  }
  return required.problem?.(path);
}

/**
 * Finds an installed program: the one that its variable names, or one on the PATH with the right version.
 *
 * @returns `undefined` if there is none and it has to be built
 * @throws Error with the reason if the variable names a program that cannot be used
 * @example await findExistingProgram({ title: 'Loki', names: ['loki'], variable: 'AUDITRAIL_LOKI', version: '3.7.8' })
 */
export async function findExistingProgram(required: RequiredProgram): Promise<string | undefined> {
  const { title, names, variable } = required;
  const named = process.env[variable];
  if (named) {
    const problem = await problemOf(named, required, true).catch((error: unknown) => (error as Error).message);
    if (problem === undefined) return named;
    throw new Error(`${variable} (${named}) cannot be used as ${title}: ${problem}. Unset it to build ${title}.`);
  }
  for (const name of names) {
    const path = findProgram(name);
    // A program that does not fit is installed for other purposes, and is not an error.
    if (path && (await problemOf(path, required, false).catch(() => 'it does not run')) === undefined) return path;
  }
  return undefined;
}
