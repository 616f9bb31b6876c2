import { asc, getTableColumns, inArray, type Column, type Table } from 'drizzle-orm';
import type { Receipt } from '../chain/receipt.ts';
import { outboxRows, type ChangeEntryOptions } from '../changes/change-entries.ts';
import type { Row, RowChange } from '../changes/row-changes.ts';
import type { Recorder } from '../context/with-request.ts';
import { recordOutbox } from '../record/outbox.ts';
import { auditedStatement, type Database } from './audited-statement.ts';
import { auditedTables, type AuditedTable } from './audited-table.ts';

export type { RowChange } from '../changes/row-changes.ts';
export type { AuditedTable } from './audited-table.ts';

/** A table for entries, with a rising `position` and the text `entry`. */
export type OutboxTable = Table & { position: Column; entry: Column };

export interface AuditChangesOptions extends ChangeEntryOptions {
  /** The table to which the entries are written, in the transaction of their changes. */
  outbox: OutboxTable;
  /** The tables to record, by the type of their rows: `{ invoice: invoices }` records `invoice.updated`. */
  tables: Readonly<Record<string, Table | AuditedTable>>;
}

/**
 * Wraps a Drizzle database so that inserts, updates and deletes of the given tables write their entries to your outbox, with
 * the values before and after, in the same transaction: change and entry are committed together or not at all. Each row of a
 * bulk write has an entry. {@link relayOutbox} then moves them to the log.
 *
 * For PostgreSQL and SQLite with an asynchronous driver. Raw SQL, `batch()`, triggers and other connections are not seen.
 *
 * @throws TypeError if an option is invalid, or the driver is synchronous
 * @example
 * const db = auditChanges(drizzle(client), { outbox: auditOutbox, tables: { invoice: invoices } });
 * await db.update(invoices).set({ amount: 120 }).where(eq(invoices.id, 42));
 */
export function auditChanges<D extends object>(database: D, options: AuditChangesOptions): D {
  if ((database as { resultKind?: unknown }).resultKind === 'sync') {
    throw new TypeError('auditChanges: this driver is synchronous; use an asynchronous one, such as libsql or PGlite');
  }
  const { outbox, tables, ...entryOptions } = options;
  const audited = auditedTables(tables);
  const write = async (tx: Database, changes: readonly RowChange[]): Promise<void> => {
    for (const rows of outboxRows(changes, entryOptions)) await tx.insert(outbox).values(rows);
  };

  const wrap = (real: object): object =>
    new Proxy(real, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const method = value.bind(target) as (...args: unknown[]) => unknown;
        if (name === 'insert' || name === 'update' || name === 'delete') {
          return (table: Table) => {
            const changes = audited.get(table);
            return changes
              ? auditedStatement(name, { database: target as Database, table, changes, write })
              : method(table);
          };
        }
        if (name === 'transaction') {
          return (work: (tx: object) => unknown, ...rest: unknown[]) => method((tx: object) => work(wrap(tx)), ...rest);
        }
        // Its statements can be built and not awaited, so that they are not recorded.
        if (name === 'with' || name === '$with') return (...args: unknown[]) => readOnly(method(...args));
        return method;
      },
    });
  return wrap(database) as D;
}

function readOnly(builder: unknown): unknown {
  if (typeof builder !== 'object' || builder === null) return builder;
  return new Proxy(builder, {
    get(target, name) {
      if (name === 'insert' || name === 'update' || name === 'delete') {
        throw new TypeError(`with().${name}() is not supported by auditChanges: its rows cannot be recorded`);
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

interface OutboxDatabase extends Pick<Database, 'delete'> {
  select: () => { from: (table: Table) => { orderBy: (by: unknown) => { limit: (n: number) => PromiseLike<Row[]> } } };
}

/**
 * Moves the entries of an outbox to the log, oldest first, and deletes their rows. Run it every second or after each commit, in
 * one process at a time.
 *
 * @param audit a logger that rejects: with `onFailure: 'report'`, entries that were not stored would be deleted
 * @returns the number of entries
 * @example
 * setInterval(() => void relayOutbox(db, auditOutbox, audit).catch(report), 1_000);
 */
export async function relayOutbox(database: object, outbox: OutboxTable, audit: Recorder<Receipt>): Promise<number> {
  const db = database as OutboxDatabase;
  const { position } = getTableColumns(outbox) as { position: Column };
  for (let moved = 0; ;) {
    const rows = await db.select().from(outbox).orderBy(asc(position)).limit(256);
    if (rows.length === 0) return moved;
    await recordOutbox(
      audit,
      rows.map(({ entry }) => String(entry)),
    );
    const done = rows.map((row) => row['position']);
    await db.delete(outbox).where(inArray(position, done));
    moved += rows.length;
  }
}
