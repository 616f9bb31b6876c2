import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Ensures that no other keeper runs on the same folder while this process lives: SQLite holds a lock that the system
 * releases when the process dies.
 *
 * @returns the function that releases the folder
 * @throws Error if another one runs
 */
export function acquireSingleInstanceLock(folder: string): () => void {
  const db = new DatabaseSync(join(folder, 'running.lock'));
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    throw new Error(`another auditrail serve runs on ${folder}: stop it, or use another folder`, { cause });
  }
  return () => db.close();
}
