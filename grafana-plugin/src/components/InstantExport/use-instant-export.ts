import { useCallback, useEffect, useRef, useState } from 'react';
import { countEntries, type LokiClient } from '@auditrail/core/loki';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import type { Explanation } from '../../data/explain-error.ts';
import type { ExportedFile } from './instant-export.ts';
import { whyFailed, whyNotRecorded } from './explain-export.ts';

/** The formats that the page exports itself. */
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
  /** Ids of the table's columns, as they are on screen. */
  columns: readonly string[];
}

export interface Exporting {
  /** Missing where there is nothing to say. */
  state?: ExportState;
  /** Reads the entries as the view shows them now, and downloads them. */
  start: (format: InstantFormat) => void;
  /** The same into a file of any size, whose place the person chooses. */
  save: (format: InstantFormat) => void;
  /** Ends what runs, and takes its result away. */
  dismiss: () => void;
}

// Loaded when it is used: nobody waits for it with the first rows.
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

/** Exports of the view from the page itself; one at a time. */
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
    const tell = (next: ExportState | undefined) => {
      if (!signal.aborted) setState(next);
    };
    // What the view shows at the moment of the click.
    const { loki, query, range, columns } = latest.current;
    let total: number | undefined;
    let parts: Awaited<ReturnType<typeof loadExport>> | undefined;
    const tooLarge = ({ DOWNLOAD_LIMITS, canSave }: NonNullable<typeof parts>) =>
      tell({
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
      // The person's click allows the browser's dialog only for a moment: it comes before anything that takes time.
      const saved = intoFile ? await savedFileSink(name) : undefined;
      if (intoFile && !saved) return;
      tell({ step: 'counting', format });
      // Without a number the export goes on, and ends by itself where it gets too large.
      total = await countEntries(loki, { query, range, signal }).catch(() => undefined);
      if (!saved && total !== undefined && total > DOWNLOAD_LIMITS.rows) return tooLarge(parts);
      const counted = total === undefined ? {} : { total };
      tell({ step: 'reading', format, rows: 0, ...counted });
      let read = 0;
      const file = await exportEntries({
        ...{ loki, query, range, name, signal },
        format: formats[format],
        columns: screenColumns(columns),
        sink: saved ?? downloadSink(name, formats[format].contentType),
        limits: saved ? undefined : DOWNLOAD_LIMITS,
        onRows: (rows) => tell({ step: 'reading', format, rows: (read = rows), ...counted }),
        onRead: () => tell({ step: 'recording', format, rows: read, ...counted }),
      });
      tell({ step: 'done', file });
    } catch (error) {
      if (parts && error instanceof parts.ExportTooLarge) return tooLarge(parts);
      const notRecorded = parts && error instanceof parts.ExportNotRecorded;
      tell({ step: 'failed', why: notRecorded ? whyNotRecorded(error.cause) : whyFailed(error) });
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
