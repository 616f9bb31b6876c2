import { DuckDBTypeId, type DuckDBResult, type Json } from '../days/duckdb.ts';
import { csvText } from '@auditrail/core/formats';
import { plainText } from '../terminal/plain-text.ts';

export const QUERY_FORMATS = ['table', 'csv', 'json'] as const;
export type QueryFormat = (typeof QUERY_FORMATS)[number];

/** Rows of a table for people, which needs all of them to align its columns. */
const TABLE_ROWS = 1_000;
const CELL_CHARS = 80;
const NUMBERS: readonly DuckDBTypeId[] = [
  ...[DuckDBTypeId.TINYINT, DuckDBTypeId.SMALLINT, DuckDBTypeId.INTEGER, DuckDBTypeId.BIGINT, DuckDBTypeId.HUGEINT],
  ...[DuckDBTypeId.UTINYINT, DuckDBTypeId.USMALLINT, DuckDBTypeId.UINTEGER, DuckDBTypeId.UBIGINT],
  ...[DuckDBTypeId.UHUGEINT, DuckDBTypeId.FLOAT, DuckDBTypeId.DOUBLE, DuckDBTypeId.DECIMAL],
];

const textOf = (value: Json | undefined): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/**
 * Writes the result of a query: a table for people, CSV without formulas for spreadsheets, or JSON objects, one a line. Numbers
 * that JavaScript cannot hold are texts in JSON.
 *
 * @param write resolves when more can be written
 * @returns the number of rows
 */
export async function writeResult(
  result: DuckDBResult,
  format: QueryFormat,
  write: (text: string) => Promise<void>,
): Promise<number> {
  const names = result.deduplicatedColumnNames();
  if (format === 'table') return writeTable(result, names, write);
  let rows = 0;
  const isNumber = names.map((_, i) => NUMBERS.includes(result.columnTypeId(i)));
  if (format === 'csv') await write(`${names.map(csvText).join(',')}\r\n`);
  for await (const chunk of result.yieldRowsJson()) {
    rows += chunk.length;
    const lines = chunk.map((row) =>
      format === 'csv'
        ? `${row.map((value, i) => (isNumber[i] ? textOf(value) : csvText(textOf(value)))).join(',')}\r\n`
        : `${JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]])))}\n`,
    );
    await write(lines.join(''));
  }
  return rows;
}

async function writeTable(result: DuckDBResult, names: string[], write: (text: string) => Promise<void>) {
  const cells: string[][] = [];
  let isCut = false;
  for await (const chunk of result.yieldRowsJson()) {
    cells.push(...chunk.map((row) => row.map((value) => plainText(textOf(value), { maxLength: CELL_CHARS }))));
    isCut = cells.length > TABLE_ROWS;
    if (isCut) break;
  }
  cells.length = Math.min(cells.length, TABLE_ROWS);
  const head = names.map((name) => plainText(name, { maxLength: CELL_CHARS }));
  const widths = head.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const more = isCut ? [`the first ${TABLE_ROWS} rows: --format csv or json has all`] : [`${cells.length} rows`];
  await write([line(head), rule, ...cells.map(line), ...more, ''].join('\n'));
  return cells.length;
}
