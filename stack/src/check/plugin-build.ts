import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, ROOT } from '../paths.ts';
import { elapsed, type Progress } from '../progress.ts';
import { run } from '../install/run.ts';

/** The folder of the built plugin. */
export const PLUGIN_DIST = inRoot('grafana-plugin/dist');

const SOURCES = ['grafana-plugin/src', 'grafana-plugin/.config', 'core/src'];

function newest(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/**
 * Builds the plugin if its build is missing or older than its sources.
 *
 * @throws Error with the end of webpack's output if the build fails
 */
export async function ensurePlugin(progress: Progress): Promise<void> {
  const built = statSync(join(PLUGIN_DIST, 'module.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > Math.max(...SOURCES.map((path) => newest(inRoot(path))))) return;
  const began = Date.now();
  progress.log('Building the Grafana plugin (about half a minute) …');
  const { code, output, log } = await run('npm', ['run', '--silent', 'build', '-w', 'grafana-plugin'], { cwd: ROOT });
  if (code !== 0) throw new Error(`the build of the plugin failed:\n${output.slice(-3_000)}${log}`);
  progress.log(`Built the Grafana plugin in ${elapsed(began)}.`);
}
