import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Makes sure that no other keeper runs on the same folder, as long as this process lives: SQLite holds a lock that the
 * system takes back from a process that dies.
 *
 * @returns what gives the folder free again
 * @throws Error where another one runs
 */
export function onlyOne(folder: string): () => void {
  const db = new DatabaseSync(join(folder, 'running.lock'));
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    throw new Error(`another auditrail serve runs on ${folder}: stop it, or use another folder`, { cause });
  }
  return () => db.close();
}
