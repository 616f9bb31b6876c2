import { join } from 'node:path';
import { AuditError, LIMITS, nsToMs } from '@auditrail/core';
import { EXPORT_FORMATS, type ExportFormat, type ExportFormatId } from '@auditrail/core/formats';
import { toTrailLine } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import { ChainRanges } from './chain-ranges.ts';
import { ExportFile } from './export-file.ts';
import { LATEST_NS, NAME_BYTES, type ExportOptions, type ExportProgress, type ExportResult } from './export-options.ts';
import { ExportState } from './export-state.ts';
import { isFileName, makeManifest, writeManifest } from './manifest.ts';
import { patientLoki } from './patient-loki.ts';
import { readSlices } from './read-slices.ts';
import { SharedIds } from './shared-ids.ts';

const DAY_MS = 86_400_000;
// A crash costs what was read since the last of these; each costs an fsync.
const SAVE_EVERY_MS = 2_000;
// Written in pieces that are small beside a slice, so that no parsed and written copies of a whole one are in memory.
const PIECE_LINES = 250;
const TELL_EVERY_MS = 250;

/**
 * Refuses what cannot be exported, before anything is done.
 *
 * @throws AuditError `EXPORT_INVALID`
 */
export function checkOptions({
  range,
  formats,
  name = 'audit-log',
}: Pick<ExportOptions, 'range' | 'formats' | 'name'>): void {
  if (range.start >= range.end)
    throw new AuditError('EXPORT_INVALID', 'the range is empty: its start is not before its end');
  if (nsToMs(range.end - range.start) > LIMITS.exportDays * DAY_MS) {
    throw new AuditError('EXPORT_INVALID', `the range is longer than ${LIMITS.exportDays} days: export it in parts`);
  }
  if (range.start < 0n || range.end > LATEST_NS) {
    throw new AuditError('EXPORT_INVALID', 'the range is not between 1970 and 2262');
  }
  if (name === '' || !isFileName(name) || Buffer.byteLength(name) > NAME_BYTES) {
    const text = `"${name}" cannot begin the files' names: give 1 to ${NAME_BYTES} bytes, without / and \\`;
    throw new AuditError('EXPORT_INVALID', text);
  }
  if (formats.length === 0) throw new AuditError('EXPORT_INVALID', 'no format is given');
  if (new Set(formats).size < formats.length) throw new AuditError('EXPORT_INVALID', 'a format is given twice');
}

/**
 * Exports the entries of a range, newest first, none missing and none twice, into files and a manifest.
 *
 * Time slices are read at once and written in order, so memory is bounded by the slices under way and the disk holds
 * nothing but the files, under names that end in `.partial` until all are complete. What is written is synced every two
 * seconds, and how far it is stands beside it: after a crash, `existing: 'resume'` cuts the files there and goes on, and the
 * files are those of an undisturbed run.
 *
 * The cut: every entry that Loki held when the export began (`asOf`) is in it. What arrived later with a time inside of the
 * range is in it only where its slice had not been read yet.
 *
 * @throws AuditError `EXPORT_INVALID`, `EXPORT_CONFLICT` (something else is in the folder), `EXPORT_UNWRITABLE` (disk full,
 *   no rights), `INVALID_FILTER`, and of Loki, after `patienceMs`, `LOKI_REFUSED`, `LOKI_UNREACHABLE`, `LOKI_ANSWER`; the
 *   signal's reason where it is aborted. No file has its final name then.
 * @example
 * const { files } = await runExport({ loki, tenant: 'audit', range, formats: ['ndjson', 'csv'], folder: 'exports/7' });
 */
export async function runExport(options: ExportOptions): Promise<ExportResult> {
  checkOptions(options);
  const { range, formats, columns, folder, name = 'audit-log', signal } = options;
  signal?.throwIfAborted();
  const paths = formats.map((id) => join(folder, `${name}.${EXPORT_FORMATS[id].extension}`));
  const state = ExportState.open(options, paths);
  const chains = new ChainRanges(state.saved.chains);
  const sharedIds = new SharedIds(state.saved.sharedIds);
  const meta = { exportedAt: state.saved.asOf, ...(columns && { columns }) };
  const outputs: { id: ExportFormatId; format: ExportFormat; file: ExportFile }[] = [];
  try {
    for (const [i, id] of formats.entries()) {
      outputs.push({
        id,
        format: EXPORT_FORMATS[id],
        file: await ExportFile.open(paths[i] ?? '', state.saved.bytes[id]),
      });
    }
    let { rows, repetitions, slices, duplicates } = state.saved;
    let reached = BigInt(state.saved.reached);
    let waiting: string | undefined;
    let told = 0;
    const tell = (now: number) => {
      told = now;
      const bytes = outputs.reduce((sum, { file }) => sum + file.bytes, 0);
      const share = Number(range.end - reached) / Number(range.end - range.start);
      const progress: ExportProgress = { rows, bytes, slices, reachedNs: reached, share };
      options.onProgress?.({ ...progress, ...(waiting !== undefined && { waiting }) });
    };
    const save = async () => {
      for (const { file } of outputs) await file.sync();
      const bytes = Object.fromEntries(outputs.map(({ id, file }) => [id, file.bytes]));
      const counts = { rows, repetitions, slices, duplicates, sharedIds: sharedIds.found };
      await state.save({ ...counts, reached: String(reached), bytes, chains: chains.list() });
    };

    if (state.isNew) {
      for (const { format, file } of outputs) await file.append(format.head(meta));
      await save();
    }
    let saved = Date.now();
    const needsEntry = outputs.some(({ format }) => format.needsEntry);
    const loki = patientLoki(options.loki, {
      ...(options.patienceMs !== undefined && { patienceMs: options.patienceMs }),
      onWait(why) {
        waiting = why;
        tell(Date.now());
      },
    });
    const rest: TimeRange = { start: range.start, end: reached };
    const reading = { query: options.query ?? {}, range: rest, parallel: options.parallel ?? 4 };
    for await (const slice of readSlices(loki, { ...reading, ...(signal && { signal }) })) {
      for (let at = 0; at < slice.lines.length; at += PIECE_LINES) {
        // Here a line becomes a text, once.
        const piece = slice.lines
          .slice(at, at + PIECE_LINES)
          .map(({ ns, line, repeats }) => ({ ns, line, ...(repeats && { repeats }) }));
        for (const { line, repeats } of piece) {
          chains.add(line);
          if (!repeats) sharedIds.add(line);
        }
        const once = piece.filter(({ repeats }) => !repeats);
        const entries = needsEntry ? once.map(toTrailLine) : [];
        for (const { format, file } of outputs) {
          let text = '';
          // A format that keeps the lines keeps every link of the chains; the others have each entry once.
          for (const [i, line] of (format.needsEntry ? entries : piece).entries()) {
            text += (rows - repetitions + i > 0 ? format.separator : '') + format.row(line, meta);
          }
          await file.append(text);
        }
        rows += piece.length;
        repetitions += piece.length - once.length;
      }
      duplicates += slice.duplicates;
      slices++;
      reached = slice.start;
      waiting = undefined;
      const now = Date.now();
      if (now - saved > SAVE_EVERY_MS) {
        await save();
        saved = now;
      }
      if (now - told > TELL_EVERY_MS) tell(now);
      signal?.throwIfAborted();
    }
    for (const { format, file } of outputs) await file.append(format.tail(meta));
    tell(Date.now());

    const files = outputs.map(({ id, format, file }) => {
      const written = format.needsEntry ? rows - repetitions : rows;
      return { format: id, name: file.name, rows: written, bytes: file.bytes, sha256: file.sha256() };
    });
    const { asOf } = state.saved;
    const counts = { rows, repetitions, duplicates, sharedIds: sharedIds.found };
    const manifest = makeManifest({ ...options, asOf, ...counts, files, chains: chains.list() });
    for (const { file } of outputs) await file.sync();
    await options.beforeNaming?.({ rows, files, manifest });
    for (const { file } of outputs) await file.finish();
    const manifestName = await writeManifest(folder, name, manifest);
    state.remove();
    return { rows, files, manifest, manifestName };
  } finally {
    for (const { file } of outputs) await file.close();
  }
}
