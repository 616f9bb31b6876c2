import type { DatabaseSync } from 'node:sqlite';

/** A stretch of time, in milliseconds since 1970: `fromMs` does not belong to it, `toMs` does. */
export interface Window {
  fromMs: number;
  toMs: number;
}

/** How far the comparison of a tenant is. */
export interface Progress {
  /** Everything up to here was compared once. */
  comparedMs: number;
  /** The part of all that Loki keeps that is still to be compared, from the newest to the oldest. */
  full: Window;
  /** When the last comparison of everything ended. */
  fullDoneMs?: number | undefined;
  /** The entries that the keeper missed and took from Loki. */
  added: number;
  addedMs?: number | undefined;
}

/** A window with different sums of times in Loki and the keeper. */
export interface DifferentWindow extends Window {
  /** When this difference was first seen. */
  seenMs: number;
  /** The lines were compared: Loki lacks some, or holds copies. A window with the same sums is not read again. */
  isCompared: boolean;
  lokiSum: string;
  keeperSum: string;
  /** Entries that the keeper holds and Loki does not, and the ids of some. */
  missingInLoki: number;
  examples: string[];
}

interface WindowRow {
  from_ms: number;
  to_ms: number;
  seen_ms: number;
  compared: number;
  loki_sum: string;
  keeper_sum: string;
  missing_in_loki: number;
  examples: string;
}

const windowOf = (row: WindowRow): DifferentWindow => ({
  ...{ fromMs: row.from_ms, toMs: row.to_ms, seenMs: row.seen_ms, isCompared: row.compared === 1 },
  ...{ lokiSum: row.loki_sum, keeperSum: row.keeper_sum, missingInLoki: row.missing_in_loki },
  examples: JSON.parse(row.examples) as string[],
});

/** What a tenant's comparison with Loki has found so far, and how far it is. Survives a restart. */
export class CatchUpStore {
  readonly #db: DatabaseSync;
  readonly #tenant: string;

  constructor(db: DatabaseSync, tenant: string) {
    this.#db = db;
    this.#tenant = tenant;
  }

  get progress(): Progress | undefined {
    const row = this.#db.prepare('SELECT * FROM catch_up WHERE tenant = ?').get(this.#tenant) as
      Record<string, number | null> | undefined;
    if (!row) return undefined;
    return {
      comparedMs: Number(row['compared_ms']),
      full: { fromMs: Number(row['full_from_ms']), toMs: Number(row['full_to_ms']) },
      fullDoneMs: row['full_done_ms'] ?? undefined,
      added: Number(row['added']),
      addedMs: row['added_ms'] ?? undefined,
    };
  }

  set progress(progress: Progress) {
    const { comparedMs, full, fullDoneMs = null, added, addedMs = null } = progress;
    this.#db
      .prepare('INSERT OR REPLACE INTO catch_up VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(this.#tenant, comparedMs, full.fromMs, full.toMs, fullDoneMs, added, addedMs);
  }

  /** The windows within another one, or all. */
  windows({ fromMs, toMs }: Window = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }): DifferentWindow[] {
    const sql = 'SELECT * FROM different_windows WHERE tenant = ? AND from_ms >= ? AND to_ms <= ?';
    return (this.#db.prepare(sql).all(this.#tenant, fromMs, toMs) as unknown as WindowRow[]).map(windowOf);
  }

  /** The newest window whose lines must be compared, of those that were first seen by then. */
  due(seenMs: number): DifferentWindow | undefined {
    const sql =
      'SELECT * FROM different_windows WHERE tenant = ? AND compared = 0 AND seen_ms <= ? ORDER BY to_ms DESC, from_ms DESC LIMIT 1';
    const row = this.#db.prepare(sql).get(this.#tenant, seenMs) as unknown as WindowRow | undefined;
    return row && windowOf(row);
  }

  put(window: DifferentWindow): void {
    const { fromMs, toMs, seenMs, isCompared, lokiSum, keeperSum, missingInLoki, examples } = window;
    this.#db
      .prepare('INSERT OR REPLACE INTO different_windows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        ...[this.#tenant, fromMs, toMs, seenMs, isCompared ? 1 : 0],
        ...[lokiSum, keeperSum, missingInLoki, JSON.stringify(examples)],
      );
  }

  /** Forgets one window. */
  delete({ fromMs, toMs }: Window): void {
    this.#db
      .prepare('DELETE FROM different_windows WHERE tenant = ? AND from_ms = ? AND to_ms = ?')
      .run(this.#tenant, fromMs, toMs);
  }

  /** Forgets the windows within another one. */
  deleteWithin({ fromMs, toMs }: Window): void {
    this.#db
      .prepare('DELETE FROM different_windows WHERE tenant = ? AND from_ms >= ? AND to_ms <= ?')
      .run(this.#tenant, fromMs, toMs);
  }

  /** The number of windows to compare, of those first seen by then; and of entries that Loki lacks, with some of their ids. */
  summary(seenMs: number): { due: number; missingInLoki: number; span?: Window; examples: string[] } {
    const due = this.#db
      .prepare('SELECT count(*) AS due FROM different_windows WHERE tenant = ? AND compared = 0 AND seen_ms <= ?')
      .get(this.#tenant, seenMs) as { due: number };
    const [sum] = this.#db
      .prepare(
        'SELECT coalesce(sum(missing_in_loki), 0) AS missing, min(from_ms) AS first, max(to_ms) AS last FROM different_windows WHERE tenant = ? AND missing_in_loki > 0',
      )
      .all(this.#tenant) as [{ missing: number; first: number | null; last: number | null }];
    const examples = this.#db
      .prepare(
        'SELECT examples FROM different_windows WHERE tenant = ? AND missing_in_loki > 0 ORDER BY to_ms DESC LIMIT 5',
      )
      .all(this.#tenant) as { examples: string }[];
    return {
      ...{ due: due.due, missingInLoki: sum.missing },
      ...(sum.first !== null && sum.last !== null && { span: { fromMs: sum.first, toMs: sum.last } }),
      examples: examples.flatMap((row) => JSON.parse(row.examples) as string[]).slice(0, 5),
    };
  }
}
