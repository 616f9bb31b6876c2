import { join } from 'node:path';
import { EXPORT_FORMATS } from '@auditrail/core/formats';
import { checkOptions } from './check-options.ts';
import type { ExportOptions, ExportResult } from './export-options.ts';
import { ExportOutputs } from './export-outputs.ts';
import { ExportState } from './export-state.ts';
import { makeManifest, writeManifest } from './manifest.ts';
import { patientLoki } from './patient-loki.ts';
import { readSlices } from './read-slices.ts';

// A crash costs what was read since the last save; each save costs an fsync.
const SAVE_EVERY_MS = 2_000;
const REPORT_EVERY_MS = 250;

/** How far the reading is. */
interface Position {
  slices: number;
  duplicates: number;
  /** Everything from here on is written. */
  reached: bigint;
}

/**
 * Exports the entries of a range, newest first, none missing and none twice, into files and a manifest.
 *
 * Time slices are read at once and written in order, so memory is bounded by the slices under way and the disk holds
 * nothing but the files, under names that end in `.partial` until all are complete. Every two seconds the files are
 * synced and the position is saved beside them: after a crash, `existing: 'resume'` cuts the files there and continues,
 * and the files are those of an undisturbed run.
 *
 * The cut: every entry that Loki held when the export began (`asOf`) is in it. An entry that arrived later with a time
 * inside of the range is in it only if its slice had not been read yet.
 *
 * @throws AuditError `EXPORT_INVALID`, `EXPORT_CONFLICT` (something else is in the folder), `EXPORT_UNWRITABLE` (disk
 *   full, no rights), `INVALID_FILTER`, and of Loki, after `patienceMs`, `LOKI_REFUSED`, `LOKI_UNREACHABLE`,
 *   `LOKI_ANSWER`; the signal's reason if it is aborted. No file has its final name then.
 * @example
 * const { files } = await runExport({ loki, tenant: 'audit', range, formats: ['ndjson', 'csv'], folder: 'exports/7' });
 */
export async function runExport(options: ExportOptions): Promise<ExportResult> {
  checkOptions(options);
  options.signal?.throwIfAborted();
  const { formats, columns, folder, name = 'audit-log' } = options;
  const paths = new Map(formats.map((id) => [id, join(folder, `${name}.${EXPORT_FORMATS[id].extension}`)]));
  const state = ExportState.open(options, [...paths.values()]);
  const meta = { exportedAt: state.saved.asOf, ...(columns && { columns }) };
  const outputs = await ExportOutputs.open(paths, state.saved, meta);
  try {
    const { duplicates } = await writeEntries(options, state, outputs);
    return await handOut(options, state, outputs, duplicates);
  } finally {
    await outputs.close();
  }
}

async function writeEntries(options: ExportOptions, state: ExportState, outputs: ExportOutputs): Promise<Position> {
  const { query = {}, range, parallel = 4, patienceMs, signal } = options;
  const { slices, duplicates, reached } = state.saved;
  const position: Position = { slices, duplicates, reached: BigInt(reached) };
  const save = async () => {
    await outputs.sync();
    await state.save({ ...position, ...outputs.toSave(), reached: String(position.reached) });
  };
  const report = progressReport(options, outputs, position);

  if (state.isNew) {
    await outputs.begin();
    await save();
  }
  let savedMs = Date.now();
  const loki = patientLoki(options.loki, { onWait: report.now, ...(patienceMs !== undefined && { patienceMs }) });
  const rest = { start: range.start, end: position.reached };
  for await (const slice of readSlices(loki, { query, range: rest, parallel, ...(signal && { signal }) })) {
    await outputs.append(slice.lines);
    position.duplicates += slice.duplicates;
    position.slices++;
    position.reached = slice.start;
    if (Date.now() - savedMs > SAVE_EVERY_MS) {
      await save();
      savedMs = Date.now();
    }
    report.sometimes();
    signal?.throwIfAborted();
  }
  await outputs.end();
  report.now();
  return position;
}

function progressReport({ range, onProgress }: ExportOptions, outputs: ExportOutputs, position: Position) {
  let reportedMs = 0;
  const now = (waiting?: string) => {
    reportedMs = Date.now();
    const { slices, reached } = position;
    const share = Number(range.end - reached) / Number(range.end - range.start);
    const progress = { rows: outputs.rows, bytes: outputs.bytes, slices, reachedNs: reached, share };
    onProgress?.({ ...progress, ...(waiting !== undefined && { waiting }) });
  };
  const sometimes = () => {
    if (Date.now() - reportedMs > REPORT_EVERY_MS) now();
  };
  return { now, sometimes };
}

async function handOut(
  options: ExportOptions,
  state: ExportState,
  outputs: ExportOutputs,
  duplicates: number,
): Promise<ExportResult> {
  const { folder, name = 'audit-log', beforeNaming } = options;
  const files = outputs.files();
  const { asOf } = state.saved;
  const { rows } = outputs;
  const manifest = makeManifest({ ...options, asOf, ...outputs.found(), duplicates, files });
  await outputs.sync();
  await beforeNaming?.({ rows, files, manifest });
  await outputs.finish();
  const manifestName = await writeManifest(folder, name, manifest);
  state.remove();
  return { rows, files, manifest, manifestName };
}
