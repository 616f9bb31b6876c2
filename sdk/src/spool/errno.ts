import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Whether the system refused with this code, such as `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
  // Not `instanceof Error`: in a test runner or a vm, the system's errors are of another realm.
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

const REMEDIES: Record<string, string> = {
  EROFS: 'it is on a read-only disk (EROFS): mount that writable, or choose another folder with the option spool',
  EACCES:
    'this process may not write there (EACCES): give its user the right to, or choose another folder with the option spool',
  EPERM:
    'this process may not write there (EPERM): give its user the right to, or choose another folder with the option spool',
};

/** Why a folder cannot be used, with what to do about it if that is known. */
export function folderProblem(folder: string, error: unknown): string {
  const code = Object.keys(REMEDIES).find((each) => isErrno(error, each)) ?? unwritable(folder, error);
  const message = error instanceof Error ? error.message : String((error as { message?: unknown }).message ?? error);
  const remedy = code === undefined ? undefined : REMEDIES[code];
  return remedy === undefined ? message : `${remedy}; ${message}`;
}

// Making a folder on a read-only disk can fail with ENOENT (Node's `recursive`): the nearest folder that exists decides.
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
