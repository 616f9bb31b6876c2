import { formatTime } from '../time.ts';
import { csvText } from './csv-cell.ts';
import { tableColumns, type CsvColumn } from './csv-columns.ts';
import type { ExportFormat, ExportMeta } from './export-format.ts';
import { storedEntry } from './stored-entry.ts';

// Without it, Excel reads the file in the machine's own code page.
const BYTE_ORDER_MARK = '\ufeff';
const LINE_END = '\r\n';

// The line of a row that is not an entry.
const RAW_HEADER = 'unreadable_line';

const columnsOf = new WeakMap<ExportMeta, CsvColumn[]>();

function columns(meta: ExportMeta): CsvColumn[] {
  const known = columnsOf.get(meta);
  if (known) return known;
  const made = tableColumns(meta.columns);
  columnsOf.set(meta, made);
  return made;
}

/**
 * A table for spreadsheets: RFC 4180 in UTF-8 with a byte order mark, a row for each entry. An apostrophe
 * precedes a cell that would begin a formula: the format for evidence is NDJSON. The row of a line that is not an entry
 * has its time and, in the last column, the line.
 */
export const csvFormat: ExportFormat = {
  id: 'csv',
  extension: 'csv',
  contentType: 'text/csv; charset=utf-8',
  needsEntry: true,
  separator: '',
  head: (meta) =>
    BYTE_ORDER_MARK + [...columns(meta).map(({ header }) => csvText(header)), RAW_HEADER].join(',') + LINE_END,
  row(exported, meta) {
    const { ns, line } = exported;
    const entry = storedEntry(exported);
    const cells = columns(meta).map((column) => {
      if (entry) return column.cell(entry, ns);
      return column.header === 'timestamp' ? formatTime(ns) : '';
    });
    return [...cells, entry ? '' : csvText(line)].join(',') + LINE_END;
  },
  tail: () => '',
};
