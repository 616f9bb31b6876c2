import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuditError } from '@auditrail/core';

const held = new Set<string>();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    // Gone in the meantime, or never readable: writing the lock will tell.
    return undefined;
  }
}

/**
 * Makes the folder and takes it for this process: two writers would tear each other's files. A lock whose process is gone
 * is taken over (in a container, the process before often had the same pid).
 *
 * @returns a function that gives the folder free
 * @throws AuditError `SPOOL_LOCKED`, `SPOOL_UNAVAILABLE`
 */
export function lockSpool(folder: string): () => void {
  const file = join(folder, 'lock');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (let attempt = 0; ; attempt++) {
      try {
        writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 });
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 2) throw error;
        const pid = holderOf(file);
        const other = pid !== undefined && pid !== process.pid && isAlive(pid);
        if (other || held.has(file)) {
          throw new AuditError(
            'SPOOL_LOCKED',
            `the spool ${folder} is in use by process ${pid}: give each process a folder of its own`,
          );
        }
        rmSync(file, { force: true });
      }
    }
  } catch (cause) {
    if (cause instanceof AuditError) throw cause;
    throw new AuditError('SPOOL_UNAVAILABLE', `cannot use the spool ${folder}: ${(cause as Error).message}`, { cause });
  }
  held.add(file);
  return () => {
    held.delete(file);
    rmSync(file, { force: true });
  };
}
