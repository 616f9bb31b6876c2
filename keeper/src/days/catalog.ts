import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../serve/database.ts';
import type { FileSegmentFacts, MinuteVolume } from './segment.ts';
import type { WrittenSegment } from './write-segment.ts';

interface SegmentRow {
  id: number;
  day: number;
  rows: number;
  min_ns: string;
  max_ns: string;
  bytes: number;
  closed: number;
  indexed: number;
  entries: number;
  max_arrival_ns: string;
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
        'SELECT id, day, rows, CAST(min_ns AS TEXT) AS min_ns, CAST(max_ns AS TEXT) AS max_ns, bytes, closed, indexed, entries, ' +
          'CAST(max_arrival_ns AS TEXT) AS max_arrival_ns FROM segments WHERE tenant = ? ORDER BY id',
      )
      .all(this.#tenant) as unknown as SegmentRow[];
    return rows.map(({ id, day, rows, min_ns, max_ns, bytes, closed, indexed, entries, max_arrival_ns }) => ({
      ...{ id, day, rows, bytes, closed: closed === 1, indexed: indexed === 1, entries },
      ...{ minNs: BigInt(min_ns), maxNs: BigInt(max_ns), maxArrivalNs: BigInt(max_arrival_ns) },
    }));
  }

  /** The volume of a segment. */
  volume(id: number): MinuteVolume {
    const row = this.#db.prepare('SELECT volume FROM segments WHERE tenant = ? AND id = ?').get(this.#tenant, id);
    if (!row) throw new Error(`segment ${id} of ${this.#tenant} does not exist`);
    return JSON.parse(String(row['volume'])) as MinuteVolume;
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
    add: readonly WrittenSegment[];
    remove?: readonly number[];
    logId?: number;
  }): void {
    inTransaction(this.#db, () => {
      const insert = this.#db.prepare(
        'INSERT INTO segments (tenant, id, day, rows, min_ns, max_ns, bytes, closed, indexed, entries, max_arrival_ns, volume) ' +
          'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      );
      for (const { facts, volume } of add) {
        const { id, day, rows, minNs, maxNs, bytes, closed, indexed, entries, maxArrivalNs } = facts;
        const counts = [rows, minNs, maxNs, bytes, closed ? 1 : 0, indexed ? 1 : 0, entries, maxArrivalNs];
        insert.run(this.#tenant, id, day, ...counts, JSON.stringify(volume));
      }
      const deletion = this.#db.prepare('DELETE FROM segments WHERE tenant = ? AND id = ?');
      for (const id of remove) deletion.run(this.#tenant, id);
      if (logId !== undefined) {
        this.#db.prepare('INSERT INTO flushed_logs (tenant, id) VALUES (?, ?)').run(this.#tenant, logId);
      }
    });
  }
}
