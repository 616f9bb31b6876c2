import type { DatabaseSync } from 'node:sqlite';

export interface PendingDay {
  tenant: string;
  /** Since 1970. */
  day: number;
  /** The segment that holds the closed day. */
  segment: number;
}

/** Which closed days are in an archive, in the keeper's database. It can be lost: the archive itself has all facts. */
export class ArchiveState {
  readonly #db: DatabaseSync;
  readonly #archive: string;

  /** @param archive its address */
  constructor(db: DatabaseSync, archive: string) {
    this.#db = db;
    this.#archive = archive;
  }

  /** Closed days that are not in the archive as they are, oldest first; those archived after `againBeforeMs` wait. */
  pending(againBeforeMs: number): PendingDay[] {
    return this.#db
      .prepare(
        `SELECT s.tenant, s.day, s.id AS segment FROM segments s
         LEFT JOIN archived_days a ON a.archive = ? AND a.tenant = s.tenant AND a.day = s.day
         WHERE s.closed = 1 AND (a.segment IS NULL OR (a.segment <> s.id AND a.archived_ms <= ?))
         ORDER BY s.day, s.tenant`,
      )
      .all(this.#archive, againBeforeMs) as unknown as PendingDay[];
  }

  archived({ tenant, day, segment }: PendingDay, nowMs: number): void {
    this.#db
      .prepare(
        `INSERT INTO archived_days (archive, tenant, day, segment, archived_ms) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (archive, tenant, day) DO UPDATE SET segment = excluded.segment, archived_ms = excluded.archived_ms`,
      )
      .run(this.#archive, tenant, day, segment, nowMs);
  }
}
