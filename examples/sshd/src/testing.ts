import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A real log (loghub's OpenSSH_2k.log); jest runs in the project's root. */
export const REAL_LOG = resolve('../shared/data/OpenSSH_2k.log');

/** `describe` where the real log is there, else a skip that says so. */
export function describeWithRealLog(name: string, tests: () => void): void {
  if (existsSync(REAL_LOG)) describe(name, tests);
  else describe.skip(`${name} (skipped: ${REAL_LOG} is not there)`, tests);
}

/** Its lines as they stand, without the parser's help. */
export function realLines(): string[] {
  return readFileSync(REAL_LOG, 'utf8').split(/\r?\n/);
}
