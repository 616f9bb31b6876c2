import { getTableColumns, type Table } from 'drizzle-orm';
import type { RequestEntryInput } from '../context/with-request.ts';
import { diff, type DiffOptions } from '../prepare/diff.ts';
import { checkInput } from '../prepare/check-input.ts';

export type Row = Record<string, unknown>;

/** A change of one row. */
export interface RowChange {
  /** The type of the target, as in the option `tables`. */
  type: string;
  event: 'created' | 'updated' | 'deleted';
  id: string;
  before: Row | undefined;
  after: Row | undefined;
}

/** A table whose changes are recorded, and the members that identify a row. Default: its columns with `primaryKey()`. */
export interface AuditedTable {
  table: Table;
  key: readonly string[];
}

/** Checks the option `tables`, so that no write fails later because of it. */
export function auditedTables(tables: Readonly<Record<string, Table | AuditedTable>>): Map<Table, TableAudit> {
  return new Map(
    Object.entries(tables).map(([type, given]) => {
      const { table, key } =
        'key' in given && Array.isArray(given.key) ? given : { table: given as Table, key: undefined };
      return [table, new TableAudit(type, table, key)];
    }),
  );
}

/** Makes entries from the rows of one table. */
export class TableAudit {
  readonly #type: string;
  readonly #key: readonly string[];

  constructor(type: string, table: Table, key: readonly string[] | undefined) {
    const columns = getTableColumns(table);
    this.#type = type;
    this.#key = key ?? Object.keys(columns).filter((name) => columns[name]?.primary);
    if (this.#key.length === 0 || this.#key.some((name) => !(name in columns))) {
      throw new TypeError(`auditChanges: name the members that identify a ${type}: { table, key: ['a', 'b'] }`);
    }
    checkInput({ action: `${type}.updated`, description: '', actor: { type: 'system' } });
  }

  /** What the members of a row have in common with the same row before or after its change. */
  idOf(row: Row): string {
    return this.#key.map((name) => String(row[name])).join(':');
  }

  /** A change for each row that is new, gone or different. */
  changes(event: RowChange['event'], before: readonly Row[], after: readonly Row[]): RowChange[] {
    const old = new Map(before.map((row) => [this.idOf(row), row]));
    const rows = event === 'deleted' ? before : after;
    return rows.map((row) => {
      const id = this.idOf(row);
      return { type: this.#type, event, id, before: old.get(id), after: event === 'deleted' ? undefined : row };
    });
  }
}

/** The entry of a change; `undefined` if the row has the same values as before. */
export function entryOf(
  { type, event, id, before, after }: RowChange,
  options: DiffOptions,
): RequestEntryInput | undefined {
  const changes = diff(before, after, options);
  if (event === 'updated' && changes.length === 0) return undefined;
  return { action: `${type}.${event}`, description: `${type} ${id} ${event}`, target: { type, id }, changes };
}
