import { useCallback, useEffect, useRef, useState } from 'react';
import { countEntries, type LokiClient } from '@auditrail/core/loki';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import type { Explanation } from '../../data/explain-error.ts';
import type { ExportedFile } from './instant-export.ts';
import { whyFailed, whyNotRecorded } from './explain-export.ts';

/** The formats that the page itself can export. */
export const INSTANT_FORMATS = ['csv', 'json', 'ndjson'] as const;
export type InstantFormat = (typeof INSTANT_FORMATS)[number];

export type ExportState =
  | { step: 'counting'; format: InstantFormat }
  | { step: 'reading' | 'recording'; format: InstantFormat; rows: number; total?: number }
  | { step: 'too-large'; format: InstantFormat; maxRows: number; canSave: boolean; total?: number }
  | { step: 'done'; file: ExportedFile }
  | { step: 'failed'; why: Explanation };

export interface ExportSource {
  loki: LokiClient;
  query: EntryQuery;
  range: TimeRange;
  /** IDs of the selected table columns, in their order. */
  columns: readonly string[];
}

export interface Exporting {
  /** Missing if no export was started. */
  state?: ExportState;
  /** Downloads the entries of the current view. */
  start: (format: InstantFormat) => void;
  /** Saves them to a file of any size, in a location that the user selects. */
  save: (format: InstantFormat) => void;
  /** Cancels a running export and removes the result. */
  dismiss: () => void;
}

// Loaded on demand, so that the first rows do not wait for it.
const loadExport = async () => {
  const [run, { canSave, downloadSink, savedFileSink }, { csvFormat, jsonFormat, ndjsonFormat }, { screenColumns }] =
    await Promise.all([
      import('./instant-export.ts'),
      import('./file-sink.ts'),
      import('@auditrail/core/formats'),
      import('../../format/screen-columns.ts'),
    ]);
  return {
    ...run,
    canSave,
    downloadSink,
    savedFileSink,
    formats: { csv: csvFormat, json: jsonFormat, ndjson: ndjsonFormat },
    screenColumns,
  };
};

/** Exports the view from the page itself, one export at a time. */
export function useInstantExport(source: ExportSource): Exporting {
  const [state, setState] = useState<ExportState>();
  const running = useRef<AbortController | undefined>(undefined);
  const latest = useRef(source);
  useEffect(() => {
    latest.current = source;
  });
  useEffect(() => () => running.current?.abort(), []);

  const run = useCallback(async (format: InstantFormat, intoFile: boolean) => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const { signal } = controller;
    const report = (next: ExportState | undefined) => {
      if (!signal.aborted) setState(next);
    };
    // The view at the moment of the click.
    const { loki, query, range, columns } = latest.current;
    let total: number | undefined;
    let parts: Awaited<ReturnType<typeof loadExport>> | undefined;
    const tooLarge = ({ DOWNLOAD_LIMITS, canSave }: NonNullable<typeof parts>) =>
      report({
        step: 'too-large',
        format,
        maxRows: DOWNLOAD_LIMITS.rows,
        canSave: canSave(),
        ...(total !== undefined && { total }),
      });
    try {
      parts = await loadExport();
      const { exportEntries, fileName, formats, DOWNLOAD_LIMITS, downloadSink, savedFileSink, screenColumns } = parts;
      const name = fileName(formats[format], query);
      // Browsers allow the dialog only shortly after the click, so it comes before anything that takes time.
      const saved = intoFile ? await savedFileSink(name) : undefined;
      if (intoFile && !saved) return;
      report({ step: 'counting', format });
      // If counting fails, the export continues, and stops if it becomes too large.
      total = await countEntries(loki, { query, range, signal }).catch(() => undefined);
      if (!saved && total !== undefined && total > DOWNLOAD_LIMITS.rows) return tooLarge(parts);
      const counted = total === undefined ? {} : { total };
      report({ step: 'reading', format, rows: 0, ...counted });
      let read = 0;
      const file = await exportEntries({
        ...{ loki, query, range, name, signal },
        format: formats[format],
        columns: screenColumns(columns),
        sink: saved ?? downloadSink(name, formats[format].contentType),
        limits: saved ? undefined : DOWNLOAD_LIMITS,
        onRows: (rows) => report({ step: 'reading', format, rows: (read = rows), ...counted }),
        onRead: () => report({ step: 'recording', format, rows: read, ...counted }),
      });
      report({ step: 'done', file });
    } catch (error) {
      if (parts && error instanceof parts.ExportTooLarge) return tooLarge(parts);
      const notRecorded = parts && error instanceof parts.ExportNotRecorded;
      report({ step: 'failed', why: notRecorded ? whyNotRecorded(error.cause) : whyFailed(error) });
    }
  }, []);

  return {
    ...(state && { state }),
    start: useCallback((format) => void run(format, false), [run]),
    save: useCallback((format) => void run(format, true), [run]),
    dismiss: useCallback(() => {
      running.current?.abort();
      setState(undefined);
    }, []),
  };
}
