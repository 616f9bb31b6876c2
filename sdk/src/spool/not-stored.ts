import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from './errno.ts';

/** Exists while Loki does not hold entries that were accepted: how many there are. */
const NOT_STORED_FILE = 'not-stored';

/**
 * Notes how many accepted entries Loki does not hold, so that `auditrail doctor` can see it from outside of the process.
 *
 * @throws Error of the file system
 */
export function noteNotStored(folder: string, count: number): void {
  const path = join(folder, NOT_STORED_FILE);
  if (count > 0) writeFileSync(path, `${count}\n`);
  else rmSync(path, { force: true });
}

/** How many accepted entries Loki does not hold, as it was noted last. */
export function notStoredIn(folder: string): number {
  try {
    return Number.parseInt(readFileSync(join(folder, NOT_STORED_FILE), 'utf8'), 10) || 0;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 0;
    throw error;
  }
}
