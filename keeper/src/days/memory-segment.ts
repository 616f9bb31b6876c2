import type { DuckDBAppender } from './duckdb.ts';
import { COLUMNS, type ColumnValue, type StoredRecord } from './columns.ts';
import { sqlName, type Duck } from './duck.ts';
import type { IntakeLog } from './intake-log.ts';
import { writeLines } from './lines-file.ts';
import { DAY_NS, dayOf, type Segment } from './segment.ts';
import type { SegmentSource } from './write-segment.ts';

// What a day is sorted by.
const ACTOR_KEY = `coalesce(email, actorId, actorName, '')`;

// DuckDB's names are the same in any case, tenants are not.
let tables = 0;

/** What is in memory, and in a log, until it is in a file. */
export class MemorySegment implements Segment {
  readonly #duck: Duck;
  readonly #table: string;
  readonly #lines: string[] = [];
  /** The rows of each day, in their order. */
  readonly #days = new Map<number, number[]>();
  readonly source: string;
  readonly logId: number;
  readonly log: IntakeLog;
  readonly openedMs: number;
  minNs = 0n;
  maxNs = 0n;

  private constructor(duck: Duck, table: string, logId: number, log: IntakeLog, openedMs: number) {
    this.#duck = duck;
    this.#table = table;
    this.source = sqlName(table);
    this.logId = logId;
    this.log = log;
    this.openedMs = openedMs;
  }

  static async create(duck: Duck, logId: number, log: IntakeLog, openedMs: number) {
    const columns = COLUMNS.map(({ name, type }) => `${sqlName(name)} ${type}`).join(', ');
    const table = `memory_${tables++}`;
    await duck.run(`CREATE TABLE ${sqlName(table)} (row INTEGER, dayRow INTEGER, ${columns})`);
    return new MemorySegment(duck, table, logId, log, openedMs);
  }

  get rows(): number {
    return this.#lines.length;
  }

  /** Of each day in it, what its rows and lines are. */
  parts(): Pick<SegmentSource, 'day' | 'rows' | 'sql' | 'writeLines'>[] {
    return Array.from(this.#days, ([day, rows]) => ({
      day,
      rows: rows.length,
      sql:
        `SELECT dayRow AS row, ${ACTOR_KEY} AS actorKey, * EXCLUDE (row, dayRow) FROM ${this.source} ` +
        `WHERE ns >= ${BigInt(day) * DAY_NS} AND ns < ${BigInt(day + 1) * DAY_NS}`,
      writeLines: (path) => {
        const lines = rows.map((row) => this.#line(row));
        return writeLines(path, lines);
      },
    }));
  }

  async add(entries: readonly Row[]): Promise<void> {
    // Of each day, the number of its rows: those of this call count when all are added.
    const ends = new Map(Array.from(this.#days, ([day, rows]) => [day, rows.length]));
    try {
      await this.#duck.append(this.#table, (appender) => {
        entries.forEach(({ record, values }, i) => {
          const day = dayOf(record.ns);
          const dayRow = ends.get(day) ?? 0;
          ends.set(day, dayRow + 1);
          appender.appendInteger(this.rows + i);
          appender.appendInteger(dayRow);
          values.forEach((value, column) => appendValue(appender, COLUMNS[column]?.type, value));
          appender.endRow();
        });
      });
    } catch (error) {
      await this.#duck.run(`DELETE FROM ${this.source} WHERE row >= ${this.rows}`);
      throw error;
    }
    for (const { record } of entries) this.#addLine(record);
  }

  #addLine({ ns, line }: StoredRecord): void {
    if (this.rows === 0 || ns < this.minNs) this.minNs = ns;
    if (this.rows === 0 || ns > this.maxNs) this.maxNs = ns;
    const ofDay = this.#days.get(dayOf(ns));
    if (ofDay) ofDay.push(this.rows);
    else this.#days.set(dayOf(ns), [this.rows]);
    this.#lines.push(line);
  }

  #line(row: number): string {
    const line = this.#lines[row];
    if (line === undefined) throw new Error(`${this.source} has no row ${row}`);
    return line;
  }

  lines(rows: readonly number[]): Promise<string[]> {
    return Promise.resolve(rows.map((row) => this.#line(row)));
  }

  groups(): undefined {
    return undefined;
  }

  async drop(): Promise<void> {
    await this.#duck.run(`DROP TABLE ${this.source}`);
  }
}

/** A record, and its values in the order of the columns. */
export interface Row {
  record: StoredRecord;
  values: ColumnValue[];
}

function appendValue(appender: DuckDBAppender, type: string | undefined, value: ColumnValue | undefined): void {
  if (value === null || value === undefined) appender.appendNull();
  else if (type === 'VARCHAR') appender.appendVarchar(value as string);
  else if (type === 'BIGINT') appender.appendBigInt(value as bigint);
  else if (type === 'BOOLEAN') appender.appendBoolean(value as boolean);
  else if (type === 'BLOB') appender.appendBlob(value as Uint8Array);
  else throw new Error(`no way to append a ${String(type)}`);
}
