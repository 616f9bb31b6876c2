import { getTableColumns, isSQLWrapper, sql, type Table } from 'drizzle-orm';
import type { Row, RowChange, RowChanges } from '../changes/row-changes.ts';

/** The parts of a Drizzle database or transaction that are used, for all its dialects. */
export interface Database {
  select: (fields: object) => { from: (table: Table) => Filtered<{ row: Row; next?: Row }[]> };
  insert: (table: Table) => { values: (values: unknown) => Filtered<unknown> };
  update: (table: Table) => { set: (values: unknown) => Filtered<unknown> };
  delete: (table: Table) => Filtered<unknown>;
  transaction: (work: (tx: Database) => Promise<unknown>, ...rest: unknown[]) => Promise<unknown>;
}

interface Filtered<T> extends PromiseLike<T> {
  where: (condition: unknown) => Filtered<T>;
  returning: () => PromiseLike<Row[]>;
  onConflictDoNothing: (...args: unknown[]) => Filtered<T>;
  /** PostgreSQL only. */
  for?: (strength: 'update') => PromiseLike<T>;
}

/** Writes the entries of changes, in a transaction. */
type WriteEntries = (tx: Database, changes: readonly RowChange[]) => Promise<void>;

export interface AuditedWrite {
  database: Database;
  table: Table;
  changes: RowChanges;
  write: WriteEntries;
}

type Step = readonly [method: string, args: readonly unknown[]];

// Methods that change neither which rows are written nor what is known about them.
const STEPS = { insert: ['values', 'onConflictDoNothing'], update: ['set', 'where'], delete: ['where'] } as const;

function chained<T>(start: unknown, steps: readonly Step[]): T {
  return steps.reduce<unknown>(
    (query, [method, args]) => (query as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args),
    start,
  ) as T;
}

// The members of `returning({ … })`, which must be columns of the table.
function selected(table: Table, rows: readonly Row[], fields: Row | undefined): Row[] {
  if (!fields) return [...rows];
  const names = new Map<unknown, string>(
    Object.entries(getTableColumns(table)).map(([name, column]) => [column, name]),
  );
  const chosen = Object.entries(fields).map(([as, column]) => {
    const name = names.get(column);
    if (name === undefined)
      throw new TypeError(`returning(): ${as} is not a column of the table, which audited tables need`);
    return [as, name] as const;
  });
  return rows.map((row) => Object.fromEntries(chosen.map(([as, name]) => [as, row[name]])));
}

/** The number of rows, as the drivers of Drizzle name it. */
const countOf = (rows: number) => ({ rowCount: rows, affectedRows: rows, rowsAffected: rows, changes: rows, rows: [] });

// The rows that an update will change and, if it sets members of the key, their keys after it: the database evaluates
// expressions with the old values, as the update does.
async function readBefore(tx: Database, table: Table, steps: readonly Step[], key: readonly string[]) {
  const set = Object.assign({}, ...steps.map(([method, [values]]) => (method === 'set' ? values : {}))) as Row;
  const columns = getTableColumns(table);
  const changed = key.filter((name) => set[name] !== undefined);
  const literals: Row = {};
  const next: Record<string, unknown> = {};
  for (const name of changed) {
    const [value, column] = [set[name], columns[name]];
    if (isSQLWrapper(value) && column) next[name] = sql`${value}`.mapWith(column);
    else literals[name] = value;
  }
  const fields = Object.keys(next).length > 0 ? { row: columns, next } : { row: columns };
  const where = steps.filter(([method]) => method === 'where');
  const query = chained<Filtered<{ row: Row; next?: Row }[]>>(tx.select(fields).from(table), where);
  const found = await (query.for?.('update') ?? query);
  return {
    rows: found.map(({ row }) => row),
    keys: changed.length > 0 ? found.map(({ row, next }) => ({ ...row, ...literals, ...next })) : undefined,
  };
}

async function perform(
  kind: keyof typeof STEPS,
  { database, table, changes, write }: AuditedWrite,
  steps: readonly Step[],
  returning: readonly [fields?: Row] | undefined,
): Promise<unknown> {
  // In a transaction, this is a savepoint: if the entry cannot be written, the change is undone even if the error is caught.
  return database.transaction(async (tx) => {
    const old = kind === 'update' ? await readBefore(tx, table, steps, changes.key) : undefined;
    const rows = await chained<Filtered<unknown>>(tx[kind](table), steps).returning();
    const changed = old ? changes.updated(old.rows, rows, old.keys) : undefined;
    await write(tx, changed ?? (kind === 'delete' ? changes.deleted(rows) : changes.created(rows)));
    return returning ? selected(table, rows, returning[0]) : countOf(rows.length);
  });
}

/**
 * A write to an audited table that is built and awaited as one of Drizzle. What would write rows that cannot be seen, such as
 * `onConflictDoUpdate()` and `prepare()`, throws.
 */
export function auditedStatement(
  kind: keyof typeof STEPS,
  target: AuditedWrite,
  steps: readonly Step[] = [],
  returning?: readonly [fields?: Row],
): object {
  const execute = () => perform(kind, target, steps, returning);
  const known: Record<string, unknown> = {
    returning: (...fields: [Row?]) => auditedStatement(kind, target, steps, fields),
    execute,
    then: (done?: (value: unknown) => unknown, failed?: (error: unknown) => unknown) => execute().then(done, failed),
    catch: (failed?: (error: unknown) => unknown) => execute().catch(failed),
    finally: (done?: () => void) => execute().finally(done),
  };
  for (const method of STEPS[kind]) {
    known[method] = (...args: unknown[]) => auditedStatement(kind, target, [...steps, [method, args]], returning);
  }
  return new Proxy(known, {
    get(methods, name) {
      if (typeof name === 'symbol' || name in methods) return methods[name as string];
      throw new TypeError(`${kind}().${name}() is not supported for audited tables: its rows cannot be recorded`);
    },
  });
}
