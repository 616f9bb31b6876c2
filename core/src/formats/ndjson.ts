import { formatTime } from '../time.ts';
import type { ExportFormat } from './export-format.ts';

const LINE_BREAK = /[\r\n]/;

/**
 * The format for evidence: each line as it is stored, byte for byte, and a line feed
 * (https://github.com/ndjson/ndjson-spec). Hashes and chains can be checked over it. A line that contains a line break,
 * which no entry does, is exported as `{"time":…,"line":…}`.
 */
export const ndjsonFormat: ExportFormat = {
  id: 'ndjson',
  extension: 'ndjson',
  contentType: 'application/x-ndjson',
  needsEntry: false,
  separator: '',
  head: () => '',
  row: ({ ns, line }) => (LINE_BREAK.test(line) ? `${JSON.stringify({ time: formatTime(ns), line })}\n` : `${line}\n`),
  tail: () => '',
};
