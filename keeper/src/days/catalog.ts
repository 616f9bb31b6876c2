import type { DatabaseSync } from 'node:sqlite';
import type { FileSegmentFacts } from './segment.ts';

interface SegmentRow {
  id: number;
  day: number;
  rows: number;
  min_ns: string;
  max_ns: string;
  bytes: number;
  closed: number;
}

/** Which segments one tenant's trail consists of, and which intake logs are in them: one transaction for each change. */
export class Catalog {
  readonly #db: DatabaseSync;
  readonly #tenant: string;

  constructor(db: DatabaseSync, tenant: string) {
    this.#db = db;
    this.#tenant = tenant;
  }

  segments(): FileSegmentFacts[] {
    const rows = this.#db
      .prepare(
        'SELECT id, day, rows, CAST(min_ns AS TEXT) AS min_ns, CAST(max_ns AS TEXT) AS max_ns, bytes, closed FROM segments WHERE tenant = ? ORDER BY id',
      )
      .all(this.#tenant) as unknown as SegmentRow[];
    return rows.map(({ id, day, rows, min_ns, max_ns, bytes, closed }) => ({
      ...{ id, day, rows, bytes, closed: closed === 1 },
      ...{ minNs: BigInt(min_ns), maxNs: BigInt(max_ns) },
    }));
  }

  /** Whether a log's records are in segments, so that it must not be replayed. */
  isFlushed(logId: number): boolean {
    return (
      this.#db.prepare('SELECT 1 FROM flushed_logs WHERE tenant = ? AND id = ?').get(this.#tenant, logId) !== undefined
    );
  }

  /** The log's file is gone. */
  forgetLog(logId: number): void {
    this.#db.prepare('DELETE FROM flushed_logs WHERE tenant = ? AND id = ?').run(this.#tenant, logId);
  }

  /** A number that no segment and no log of this tenant ever had. */
  nextId(): number {
    const row = this.#db
      .prepare(
        'INSERT INTO segment_ids (tenant, id) VALUES (?, 1) ON CONFLICT (tenant) DO UPDATE SET id = id + 1 RETURNING id',
      )
      .get(this.#tenant) as { id: number };
    return row.id;
  }

  /** Adds segments and removes those that they replace, and notes the log that they were made of. */
  change({
    add,
    remove = [],
    logId,
  }: {
    add: readonly FileSegmentFacts[];
    remove?: readonly number[];
    logId?: number;
  }): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const insert = this.#db.prepare(
        'INSERT INTO segments (tenant, id, day, rows, min_ns, max_ns, bytes, closed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      );
      for (const { id, day, rows, minNs, maxNs, bytes, closed } of add) {
        insert.run(this.#tenant, id, day, rows, minNs, maxNs, bytes, closed ? 1 : 0);
      }
      const deletion = this.#db.prepare('DELETE FROM segments WHERE tenant = ? AND id = ?');
      for (const id of remove) deletion.run(this.#tenant, id);
      if (logId !== undefined) {
        this.#db.prepare('INSERT INTO flushed_logs (tenant, id) VALUES (?, ?)').run(this.#tenant, logId);
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}
