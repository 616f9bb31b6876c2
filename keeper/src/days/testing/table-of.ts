import type { DuckDBConnection } from '../duckdb.ts';
import { COLUMNS, type ColumnValue } from '../columns.ts';

/** For tests: makes a table of rows, with their number, from 0, as `position`. */
export async function tableOf(
  connection: DuckDBConnection,
  table: string,
  rows: readonly (readonly ColumnValue[])[],
): Promise<void> {
  const columns = COLUMNS.map(({ name, type }) => `"${name}" ${type}`);
  await connection.run(`CREATE TABLE ${table} (${columns.join(', ')}, position INTEGER)`);
  const appender = await connection.createAppender(table);
  for (const [position, row] of rows.entries()) {
    for (const value of row) {
      if (value === null) appender.appendNull();
      else if (typeof value === 'bigint') appender.appendBigInt(value);
      else if (typeof value === 'boolean') appender.appendBoolean(value);
      else if (typeof value === 'string') appender.appendVarchar(value);
      else appender.appendBlob(value);
    }
    appender.appendInteger(position);
    appender.endRow();
  }
  appender.closeSync();
}
