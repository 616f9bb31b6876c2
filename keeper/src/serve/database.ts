import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

// Each runs once, in order; SQLite's user_version counts them. Never change a released one.
const MIGRATIONS = [
  `CREATE TABLE exports (
     id TEXT PRIMARY KEY,
     tenant TEXT NOT NULL,
     name TEXT NOT NULL,
     request TEXT NOT NULL,
     actor TEXT NOT NULL,
     status TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     started_ms INTEGER,
     finished_ms INTEGER,
     expires_ms INTEGER,
     progress TEXT,
     result TEXT,
     error TEXT
   ) STRICT;
   CREATE INDEX exports_by_tenant ON exports (tenant, id DESC);
   CREATE INDEX exports_by_status ON exports (status, id);
   CREATE TABLE tokens (
     id TEXT PRIMARY KEY,
     tenant TEXT NOT NULL,
     name TEXT NOT NULL,
     scopes TEXT NOT NULL,
     hash BLOB NOT NULL UNIQUE,
     created_ms INTEGER NOT NULL,
     expires_ms INTEGER NOT NULL,
     revoked_ms INTEGER,
     used_ms INTEGER
   ) STRICT;`,
  `CREATE TABLE segments (
     tenant TEXT NOT NULL,
     id INTEGER NOT NULL,
     day INTEGER NOT NULL,
     rows INTEGER NOT NULL,
     min_ns INTEGER NOT NULL,
     max_ns INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     closed INTEGER NOT NULL,
     PRIMARY KEY (tenant, id)
   ) STRICT;
   CREATE TABLE flushed_logs (
     tenant TEXT NOT NULL,
     id INTEGER NOT NULL,
     PRIMARY KEY (tenant, id)
   ) STRICT;
   CREATE TABLE segment_ids (
     tenant TEXT PRIMARY KEY,
     id INTEGER NOT NULL
   ) STRICT;`,
  `CREATE TABLE archived_days (
     archive TEXT NOT NULL,
     tenant TEXT NOT NULL,
     day INTEGER NOT NULL,
     segment INTEGER NOT NULL,
     archived_ms INTEGER NOT NULL,
     PRIMARY KEY (archive, tenant, day)
   ) STRICT;`,
  `CREATE TABLE catch_up (
     tenant TEXT PRIMARY KEY,
     -- Everything up to here was compared once.
     compared_ms INTEGER NOT NULL,
     -- The comparison of all that Loki keeps: what is still to do is between these two.
     full_from_ms INTEGER NOT NULL,
     full_to_ms INTEGER NOT NULL,
     full_done_ms INTEGER,
     added INTEGER NOT NULL,
     added_ms INTEGER
   ) STRICT;
   CREATE TABLE different_windows (
     tenant TEXT NOT NULL,
     from_ms INTEGER NOT NULL,
     to_ms INTEGER NOT NULL,
     seen_ms INTEGER NOT NULL,
     -- 1: its lines were compared, and are still different, or differ in copies only.
     compared INTEGER NOT NULL,
     loki_sum TEXT NOT NULL,
     keeper_sum TEXT NOT NULL,
     missing_in_loki INTEGER NOT NULL,
     examples TEXT NOT NULL,
     PRIMARY KEY (tenant, from_ms, to_ms)
   ) STRICT;`,
  // Segments of before have no index: they are not read, and their entries are taken from Loki again.
  `DELETE FROM catch_up;
   DELETE FROM different_windows;
   DROP TABLE segments;
   CREATE TABLE segments (
     tenant TEXT NOT NULL,
     id INTEGER NOT NULL,
     day INTEGER NOT NULL,
     rows INTEGER NOT NULL,
     min_ns INTEGER NOT NULL,
     max_ns INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     closed INTEGER NOT NULL,
     indexed INTEGER NOT NULL,
     entries INTEGER NOT NULL,
     max_arrival_ns INTEGER NOT NULL,
     volume TEXT NOT NULL,
     PRIMARY KEY (tenant, id)
   ) STRICT;`,
  `CREATE TABLE analyser_tenants (
     tenant TEXT PRIMARY KEY,
     -- Arrival of the last entry that was analyzed.
     cursor_ns INTEGER NOT NULL,
     days TEXT NOT NULL
   ) STRICT;
   CREATE TABLE analyser_profiles (
     tenant TEXT NOT NULL,
     kind TEXT NOT NULL,
     key TEXT NOT NULL,
     last_ms INTEGER NOT NULL,
     is_young INTEGER NOT NULL,
     profile TEXT NOT NULL,
     PRIMARY KEY (tenant, kind, key)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX analyser_profiles_by_age ON analyser_profiles (tenant, kind, is_young DESC, last_ms);
   CREATE TABLE analyser_hours (
     tenant TEXT NOT NULL,
     action TEXT NOT NULL,
     hour_ms INTEGER NOT NULL,
     written INTEGER NOT NULL,
     held INTEGER NOT NULL,
     PRIMARY KEY (tenant, action, hour_ms)
   ) STRICT;
   CREATE TABLE analyser_outbox (
     tenant TEXT NOT NULL,
     id TEXT NOT NULL,
     added INTEGER NOT NULL,
     entry TEXT NOT NULL,
     PRIMARY KEY (tenant, id)
   ) STRICT;`,
  `CREATE TABLE analyser_late (
     tenant TEXT NOT NULL,
     from_ns INTEGER NOT NULL,
     to_ns INTEGER NOT NULL,
     first_arrival_ns INTEGER NOT NULL,
     last_arrival_ns INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX analyser_late_by_tenant ON analyser_late (tenant);
   CREATE TABLE analyser_episodes (
     tenant TEXT NOT NULL,
     rule TEXT NOT NULL,
     labels TEXT NOT NULL,
     from_ms REAL NOT NULL,
     to_ms REAL NOT NULL
   ) STRICT;
   CREATE INDEX analyser_episodes_by_time ON analyser_episodes (tenant, to_ms);`,
];

/** The file of the keeper's state in its folder. */
export const DATABASE_FILE = 'keeper.sqlite';

/**
 * Opens the keeper's state in `folder`, which is created if missing (0700), and migrates it to this version's schema.
 *
 * @throws Error if a newer version wrote it
 */
export function openDatabase(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, DATABASE_FILE);
  const db = new DatabaseSync(file, { timeout: 5_000 });
  chmodSync(file, 0o600);
  // FULL: an accepted job survives a power cut.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  try {
    inTransaction(db, () => migrate(db, file));
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Does all of a work that writes, or nothing of it if it throws. */
export function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

function migrate(db: DatabaseSync, file: string): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > MIGRATIONS.length) {
    throw new Error(`${file} was written by a newer version of auditrail: use that one, or another folder`);
  }
  for (const step of MIGRATIONS.slice(version)) db.exec(step);
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
}
