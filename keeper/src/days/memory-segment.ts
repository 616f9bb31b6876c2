import type { DuckDBAppender } from '@duckdb/node-api';
import { COLUMNS, type ColumnValue, type StoredRecord } from './columns.ts';
import { sqlName, type Duck } from './duck.ts';
import type { IntakeLog } from './intake-log.ts';
import { DAY_NS, type FileSegmentFacts, type Segment } from './segment.ts';

/** What is in memory, and in a log, until it is in a file. */
export class MemorySegment implements Segment {
  readonly #duck: Duck;
  readonly #table: string;
  readonly #lines: string[] = [];
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

  static async create(duck: Duck, tenant: string, logId: number, log: IntakeLog, openedMs: number) {
    const columns = COLUMNS.map(({ name, type }) => `${sqlName(name)} ${type}`).join(', ');
    const table = `${tenant}/${logId}`;
    await duck.run(`CREATE TABLE ${sqlName(table)} (row INTEGER, ${columns})`);
    return new MemorySegment(duck, table, logId, log, openedMs);
  }

  get rows(): number {
    return this.#lines.length;
  }

  /** Of each day in it: the number of rows, and the time of the first and the last. */
  async days(): Promise<Omit<FileSegmentFacts, 'id' | 'bytes' | 'closed'>[]> {
    const sql = `SELECT ns // ${DAY_NS} AS day, count(*), min(ns), max(ns) FROM ${this.source} GROUP BY day ORDER BY day`;
    const groups = (await this.#duck.rows(sql)) as [bigint, bigint, bigint, bigint][];
    return groups.map(([day, rows, minNs, maxNs]) => ({ day: Number(day), rows: Number(rows), minNs, maxNs }));
  }

  async add(entries: readonly Row[]): Promise<void> {
    try {
      await this.#duck.append(this.#table, (appender) => {
        entries.forEach(({ values }, i) => {
          appender.appendInteger(this.rows + i);
          values.forEach((value, column) => appendValue(appender, COLUMNS[column]?.type, value));
          appender.endRow();
        });
      });
    } catch (error) {
      await this.#duck.run(`DELETE FROM ${this.source} WHERE row >= ${this.rows}`);
      throw error;
    }
    for (const { record } of entries) {
      if (this.rows === 0 || record.ns < this.minNs) this.minNs = record.ns;
      if (this.rows === 0 || record.ns > this.maxNs) this.maxNs = record.ns;
      this.#lines.push(record.line);
    }
  }

  line(row: number): string {
    const line = this.#lines[row];
    if (line === undefined) throw new Error(`${this.source} has no row ${row}`);
    return line;
  }

  lines(rows: readonly number[]): Promise<string[]> {
    return Promise.resolve(rows.map((row) => this.line(row)));
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
