import type { DuckDBValue } from './duckdb.ts';
import { sqlName, type Duck } from './duck.ts';
import { EVER, FileSegment } from './segment.ts';
import type { TenantDays } from './tenant-days.ts';

/** One tenant's entries in the order in which they arrived. */
export class Arrivals {
  readonly #duck: Duck;
  readonly #days: TenantDays;

  constructor(duck: Duck, days: TenantDays) {
    this.#duck = duck;
    this.#days = days;
  }

  /** Arrival of the newest entry; 0 for none. */
  get lastNs(): bigint {
    return this.#days.lastArrivalNs;
  }

  /** The first entries after an arrival, up to another, without repetitions: values of these columns. */
  async between(
    arrivalNs: bigint,
    upToNs: bigint,
    columns: readonly string[],
    limit: number,
  ): Promise<DuckDBValue[][]> {
    return this.#within(arrivalNs, (sources) => {
      const selects = sources.map(
        (source) =>
          `SELECT ${columns.map(sqlName).join(', ')} FROM ${source} ` +
          `WHERE arrival > ${arrivalNs} AND arrival <= ${upToNs} AND NOT repeats AND channel IS NOT NULL`,
      );
      return `SELECT * FROM (${selects.join(' UNION ALL ')}) ORDER BY arrival LIMIT ${limit}`;
    });
  }

  /** The number of entries after an arrival. */
  async countAfter(arrivalNs: bigint): Promise<number> {
    const rows = await this.#within(arrivalNs, (sources) => {
      const selects = sources.map((source) => `SELECT arrival FROM ${source} WHERE arrival > ${arrivalNs}`);
      return `SELECT count(*) FROM (${selects.join(' UNION ALL ')})`;
    });
    return Number(rows[0]?.[0] ?? 0);
  }

  // Almost always only what is in memory: segments are older than a cursor that keeps up.
  async #within(arrivalNs: bigint, statement: (sources: string[]) => string): Promise<DuckDBValue[][]> {
    const { segments, release } = this.#days.snapshot(EVER.start, EVER.end);
    try {
      const newer = segments.filter(
        (segment) => !(segment instanceof FileSegment) || segment.facts.maxArrivalNs > arrivalNs,
      );
      if (newer.length === 0) return [];
      return await this.#duck.rows(statement(newer.map(({ source }) => source)));
    } finally {
      await release();
    }
  }
}
