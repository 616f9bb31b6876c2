import { storedTime } from '../loki/stored-time.ts';
import { formatTime } from '../time.ts';
import type { ExportFormat } from './export-format.ts';
import { storedEntry } from './stored-entry.ts';

/**
 * One JSON document, `{"exported_at": …, "entries": […]}`, an entry to a line. An entry is as it is stored, with its
 * `target` under the name `subject`, and with `time_stored` if that differs from its `time`; a line that is not an entry
 * is `{"time", "line", "problem"}`.
 */
export const jsonFormat: ExportFormat = {
  id: 'json',
  extension: 'json',
  contentType: 'application/json',
  needsEntry: true,
  separator: ',\n',
  head: ({ exportedAt }) => `{"exported_at":${JSON.stringify(exportedAt)},"entries":[\n`,
  row(exported) {
    const { ns, line, problem = 'no entry' } = exported;
    const entry = storedEntry(exported);
    if (!entry) return JSON.stringify({ time: formatTime(ns), line, problem });
    const { target, ...rest } = entry;
    const time_stored = storedTime({ ns, entry });
    return JSON.stringify({ ...rest, ...(target && { subject: target }), ...(time_stored && { time_stored }) });
  },
  tail: () => '\n]}\n',
};
