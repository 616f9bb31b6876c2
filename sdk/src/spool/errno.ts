import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Whether it is an error of the system with this code, such as `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
  // Not `instanceof Error`: in a test runner or a vm, errors of the system belong to another realm.
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

const REMEDIES: Record<string, string> = {
  EROFS: 'it is on a read-only disk (EROFS): mount the disk writable, or choose another folder with the option spool',
  EACCES:
    'this process has no permission to write there (EACCES): grant it to its user, or choose another folder with the option spool',
  EPERM:
    'this process has no permission to write there (EPERM): grant it to its user, or choose another folder with the option spool',
};

/** Why a folder cannot be used, with the remedy if one is known. */
export function folderProblem(folder: string, error: unknown): string {
  const code = Object.keys(REMEDIES).find((each) => isErrno(error, each)) ?? unwritable(folder, error);
  const message = error instanceof Error ? error.message : String((error as { message?: unknown }).message ?? error);
  const remedy = code === undefined ? undefined : REMEDIES[code];
  return remedy === undefined ? message : `${remedy}; ${message}`;
}

// Creating a folder on a read-only disk can fail with ENOENT (Node's `recursive`): the nearest existing folder shows why.
function unwritable(folder: string, error: unknown): string | undefined {
  if (!isErrno(error, 'ENOENT')) return undefined;
  let existing = resolve(folder);
  while (!existsSync(existing) && existing !== dirname(existing)) existing = dirname(existing);
  try {
    accessSync(existing, constants.W_OK);
    return undefined;
  } catch (reason) {
    return Object.keys(REMEDIES).find((each) => isErrno(reason, each));
  }
}
