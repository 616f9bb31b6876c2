import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A path in the repository: `inRoot('provisioning/loki/loki.yaml')`. */
export function inRoot(...parts: string[]): string {
  return join(ROOT, ...parts);
}

/**
 * The folder for built programs, outside the repository: `AUDITRAIL_CACHE`, or else `$XDG_CACHE_HOME/auditrail`, or else
 * `~/.cache/auditrail`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['AUDITRAIL_CACHE']) return resolve(env['AUDITRAIL_CACHE']);
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'auditrail');
}
