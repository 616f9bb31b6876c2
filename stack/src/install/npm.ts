import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from './lock.ts';
import { cacheFolder } from '../paths.ts';
import { run } from './run.ts';

export interface NpmProject {
  /** Exact versions by name. Their install scripts do not run. */
  packages: Readonly<Record<string, string>>;
  /** Texts by file name. */
  files: Readonly<Record<string, string>>;
  /** Arguments of the runs of Node that complete the project. */
  commands: readonly (readonly string[])[];
  env?: NodeJS.ProcessEnv;
}

/**
 * Creates a folder with npm packages that are too large to be development dependencies, once, in the cache.
 *
 * @returns the path of the folder
 * @throws Error if a package cannot be installed or a command fails; the message has the end of its log
 */
export async function npmProject({ packages, files, commands, env = {} }: NpmProject): Promise<string> {
  const text = JSON.stringify([packages, files, commands, process.platform, process.arch, process.version]);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), 'npm', hash);
  const done = join(folder, 'complete');
  if (existsSync(done)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const ignore = () => undefined;
  return withLock(`${folder}.lock`, ignore, async () => {
    if (existsSync(done)) return folder;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    const project = { private: true, dependencies: packages };
    for (const [name, content] of Object.entries({ ...files, 'package.json': JSON.stringify(project) })) {
      await writeFile(join(folder, name), content);
    }
    const options = { cwd: folder, env: { ...process.env, NODE_OPTIONS: '', ...env } };
    const install = ['install', '--ignore-scripts', '--omit=peer', '--no-audit', '--no-fund'];
    for (const [command, ...args] of [['npm', ...install], ...commands.map((args) => [process.execPath, ...args])]) {
      const { code, output, log } = await run(command ?? '', args, options);
      if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${output.slice(-2_000)}${log}`);
    }
    await writeFile(done, '');
    return folder;
  });
}
