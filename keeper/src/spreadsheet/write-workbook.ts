import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { parseTime, type AuditEntry } from '@auditrail/core';
import { tableColumns } from '@auditrail/core/formats';
import { writeXlsxStream } from 'hucre/xlsx';
import { entryOf } from '../export/entry-of.ts';
import { cellText } from './cell-text.ts';

type Cell = string | number | null;

// The checked entry lacks properties that the check cannot keep.
const wholeEntryOf = (line: string) => (entryOf(line) ? (JSON.parse(line) as AuditEntry) : undefined);

const asCell = (value: string | number | undefined): Cell =>
  value === undefined || value === '' ? null : typeof value === 'number' ? value : cellText(value);

/**
 * Writes entries as a workbook for Excel and LibreOffice: the columns of CSV, each text a text cell, so that no text
 * becomes a number, a date or a formula. Streams: memory does not grow with the file. Another sheet begins at Excel's
 * limit of 1,048,576 rows. The file gets its name when it is complete.
 *
 * @param lines of NDJSON; one that is not an entry is in the last column
 * @returns the number of rows
 */
export async function writeWorkbook(
  lines: AsyncIterable<string>,
  file: string,
  columnNames?: readonly string[],
  rowsPerSheet?: number,
): Promise<number> {
  // A file of lines does not contain the time when Loki stored them.
  const columns = tableColumns(columnNames).filter(({ header }) => header !== 'timestamp_stored');
  let count = 0;
  async function* rows(): AsyncGenerator<Cell[], void> {
    for await (const line of lines) {
      count++;
      const entry = wholeEntryOf(line);
      const ns = entry ? (parseTime(entry.time) ?? 0n) : 0n;
      const cells = columns.map((column) => (entry ? asCell(column.value(entry, ns)) : null));
      yield [...cells, entry ? null : cellText(line)];
    }
  }
  const workbook = writeXlsxStream(rows(), {
    name: 'Audit log',
    columns: [...columns, { header: 'unreadable_line' }].map(({ header }) => ({ header: cellText(header) })),
    // Without ZIP64, which LibreOffice does not open: a sheet of over 4 GB is refused.
    freezePane: { rows: 1 },

    ...(rowsPerSheet !== undefined && { maxRowsPerSheet: rowsPerSheet }),
  });
  const partial = `${file}.partial`;
  try {
    const content = Readable.fromWeb(workbook as ReadableStream<Uint8Array>);
    await pipeline(content, createWriteStream(partial, { mode: 0o600, flush: true }));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return count;
}
