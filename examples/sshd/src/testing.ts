import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A real log (loghub's OpenSSH_2k.log). The path is relative to the repository's root, where Jest runs. */
export const REAL_LOG = resolve('../shared/data/OpenSSH_2k.log');

/** `describe` if the real log exists; otherwise skips the tests. */
export function describeWithRealLog(name: string, tests: () => void): void {
  if (existsSync(REAL_LOG)) describe(name, tests);
  else describe.skip(`${name} (skipped: ${REAL_LOG} does not exist)`, tests);
}

/** The log's lines, read without the parser. */
export function realLines(): string[] {
  return readFileSync(REAL_LOG, 'utf8').split(/\r?\n/);
}
