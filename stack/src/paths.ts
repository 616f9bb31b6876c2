import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A path in the repository: `inRoot('provisioning/loki/loki.yaml')`. */
export function inRoot(...parts: string[]): string {
  return join(ROOT, ...parts);
}

/**
 * Where built programs are kept, outside the tree: `AUDITRAIL_CACHE`, else `$XDG_CACHE_HOME/auditrail`, else
 * `~/.cache/auditrail`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['AUDITRAIL_CACHE']) return resolve(env['AUDITRAIL_CACHE']);
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'auditrail');
}
