import { getTableColumns, is, type Column, type Table } from 'drizzle-orm';
import { getTableConfig as pgConfig, PgTable } from 'drizzle-orm/pg-core';
import { getTableConfig as sqliteConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { RowChanges } from '../changes/row-changes.ts';

/** A table whose changes are recorded, and the members that identify a row. Default: its primary key. */
export interface AuditedTable {
  table: Table;
  key: readonly string[];
}

function primaryKey(table: Table): readonly Column[] {
  const own = Object.values(getTableColumns(table)).filter(({ primary }) => primary);
  if (own.length > 0) return own;
  // Declared for the table: primaryKey({ columns: [table.team, table.person] }).
  const config = is(table, PgTable) ? pgConfig(table) : is(table, SQLiteTable) ? sqliteConfig(table) : undefined;
  return config?.primaryKeys[0]?.columns ?? [];
}

/** Checks the option `tables`, so that no write fails later because of it. */
export function auditedTables(tables: Readonly<Record<string, Table | AuditedTable>>): Map<Table, RowChanges> {
  return new Map(
    Object.entries(tables).map(([type, given]) => {
      const { table, key: names } =
        'key' in given && Array.isArray(given.key) ? given : { table: given as Table, key: undefined };
      const columns = getTableColumns(table);
      const primary = new Set(primaryKey(table).map(({ name }) => name));
      const key = names ?? Object.keys(columns).filter((name) => primary.has(columns[name]?.name ?? ''));
      if (key.length === 0 || key.some((name) => !(name in columns))) {
        throw new TypeError(`auditChanges: name the members that identify a ${type}: { table, key: ['a', 'b'] }`);
      }
      return [table, new RowChanges(type, key)];
    }),
  );
}
