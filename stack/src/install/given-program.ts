import { findProgram } from './debian.ts';
import { run } from './run.ts';

/** A program that this project builds, and that somebody may have already. */
export interface WantedProgram {
  /** For people: `Loki`. */
  title: string;
  /** Names on the PATH, in the order they are tried. */
  names: readonly string[];
  /** The environment variable with its path. */
  variable: string;
  /** The one version that is tested. */
  version: string;
  /** Further condition, such as parts that it must contain; gives what is wrong. */
  problem?: (path: string) => Promise<string | undefined>;
}

async function problemOf(path: string, wanted: WantedProgram, isNamed: boolean): Promise<string | undefined> {
  const { code, output, log } = await run(path, ['--version']);
  if (code !== 0) return `"--version" ends with exit code ${code}`;
  const version = /\bv?(\d+\.\d+\.\d+)\b/.exec(output.split('\n')[0] || log)?.[1];
  // One that was built by hand may not know its version: whoever named it does.
  if (version !== wanted.version && (version !== undefined || !isNamed)) {
    return `its version is ${version ?? 'unknown'}, and ${wanted.version} is needed`;
  }
  return wanted.problem?.(path);
}

/**
 * The path of a program that is there already: named by its variable, or found on the PATH in the right version.
 *
 * @returns `undefined` if there is none: then it has to be built
 * @throws Error if the variable names something that cannot be used; the message says why
 * @example await givenProgram({ title: 'Loki', names: ['loki'], variable: 'AUDITRAIL_LOKI', version: '3.7.8' })
 */
export async function givenProgram(wanted: WantedProgram): Promise<string | undefined> {
  const { title, names, variable } = wanted;
  const named = process.env[variable];
  if (named) {
    const problem = await problemOf(named, wanted, true).catch((error: unknown) => (error as Error).message);
    if (problem === undefined) return named;
    throw new Error(`${variable} (${named}) cannot be used as ${title}: ${problem}. Unset it to have ${title} built.`);
  }
  for (const name of names) {
    const path = findProgram(name);
    // Another version than the tested one: what somebody has for other purposes is no fault.
    if (path && (await problemOf(path, wanted, false).catch(() => 'it does not run')) === undefined) return path;
  }
  return undefined;
}
