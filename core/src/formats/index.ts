import { cefFormat } from './cef.ts';
import { csvFormat } from './csv.ts';
import type { ExportFormat } from './export-format.ts';
import { ecsFormat } from './ecs.ts';
import { jsonFormat } from './json.ts';
import { ndjsonFormat } from './ndjson.ts';
import { ocsfFormat } from './ocsf.ts';

export { csvText } from './csv-cell.ts';
export { CSV_COLUMNS, isCsvColumn, tableColumns } from './csv-columns.ts';
export { csvFormat } from './csv.ts';
export type { ExportFormat, ExportLine, ExportMeta } from './export-format.ts';
export { jsonFormat } from './json.ts';
export { ndjsonFormat } from './ndjson.ts';

/** Every format by its id, in the order of menus and help. */
export const EXPORT_FORMATS = {
  ndjson: ndjsonFormat,
  csv: csvFormat,
  json: jsonFormat,
  cef: cefFormat,
  ocsf: ocsfFormat,
  ecs: ecsFormat,
} as const satisfies Record<string, ExportFormat>;
export type ExportFormatId = keyof typeof EXPORT_FORMATS;

/** Whether a text is the id of a format. */
export function isExportFormatId(word: string): word is ExportFormatId {
  return Object.hasOwn(EXPORT_FORMATS, word);
}
