import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL,
    phone TEXT NOT NULL, address TEXT NOT NULL, password TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0, locked_until INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE IF NOT EXISTS account_roles (
    account_id INTEGER NOT NULL REFERENCES accounts, role TEXT NOT NULL, PRIMARY KEY (account_id, role)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts, expires INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS products (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, price INTEGER NOT NULL, stock INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts, product TEXT NOT NULL, price INTEGER NOT NULL,
    placed INTEGER NOT NULL, discounted INTEGER NOT NULL DEFAULT 0
  ) STRICT;
`;

/** The shop's SQLite database. Reads only see committed data; transactions run one after another. */
export class Database {
  /** A read-only connection. */
  readonly read: DatabaseSync;
  readonly #write: DatabaseSync;
  #last: Promise<unknown> = Promise.resolve();

  /** @param folder created if it is missing */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, 'shop.sqlite');
    this.#write = new DatabaseSync(file);
    this.#write.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;');
    this.#write.exec(SCHEMA);
    this.read = new DatabaseSync(file, { readOnly: true });
  }

  /**
   * Runs `work` in a transaction, which is rolled back if `work` rejects. An audit entry that `work` awaits is on disk before
   * the change is committed: after a crash there may be an entry without its change, but never a change without its entry.
   */
  change<T>(work: (db: DatabaseSync) => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      this.#write.exec('BEGIN IMMEDIATE');
      try {
        const result = await work(this.#write);
        this.#write.exec('COMMIT');
        return result;
      } catch (error) {
        this.#write.exec('ROLLBACK');
        throw error;
      }
    });
    // The error goes to the caller; the next transaction only waits for the end of this one.
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Waits for running transactions, then closes the database. */
  async close(): Promise<void> {
    await this.#last;
    this.read.close();
    this.#write.close();
  }
}
