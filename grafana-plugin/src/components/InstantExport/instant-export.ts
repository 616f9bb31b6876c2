import { statedEnd } from '@auditrail/core';
import { type ExportFormat } from '@auditrail/core/formats';
import { readEntries, type LokiClient } from '@auditrail/core/loki';
import { exportEntry } from '@auditrail/core/own-entries';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { uuidv7 } from 'uuidv7';
import { writeOwnEntry } from '../../data/audit-writer.ts';
import type { FileSink } from './file-sink.ts';

/** The maximum size of a file that the browser holds until it is complete. A file that is saved directly has no limit. */
export const DOWNLOAD_LIMITS = { rows: 100_000, bytes: 250_000_000 } as const;

// Few requests, but none so large that reading it blocks the page.
const PAGE_ROWS = 2_000;

export interface InstantExport {
  loki: LokiClient;
  query: EntryQuery;
  range: TimeRange;
  format: ExportFormat;
  /** The columns of CSV, by their names in files. */
  columns: readonly string[];
  name: string;
  sink: FileSink;
  /** The maximum size, if the file has one. */
  limits?: { rows: number; bytes: number } | undefined;
  signal: AbortSignal;
  onRows: (rows: number) => void;
  /** Called when all entries are read, before the entry about the export is written. */
  onRead: () => void;
}

/** A complete file. */
export interface ExportedFile {
  name: string;
  rows: number;
  bytes: number;
  /** In hexadecimal. */
  sha256: string;
}

/** The file would exceed the limits of a download. */
export class ExportTooLarge extends Error {}

/** The entry about the export could not be written, so no file was created. `cause` is the reason. */
export class ExportNotRecorded extends Error {}

/**
 * `audit-log-2026-11-21T06-18-19Z.csv`, without colons, which Windows does not allow. The name of a filtered file contains
 * `-filtered`, because it has only a part of each chain. `auditrail verify` relies on it.
 */
export function fileName(format: ExportFormat, { filters = [], search }: EntryQuery, now = new Date()): string {
  const part = filters.length > 0 || search ? '-filtered' : '';
  return `audit-log-${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z${part}.${format.extension}`;
}

/**
 * Reads the entries of a view, newest first, into a file, records the export in the log, and only then gives the file to the
 * user.
 *
 * @throws ExportTooLarge, ExportNotRecorded, AuditError of the reader, the signal's reason
 */
export async function exportEntries(options: InstantExport): Promise<ExportedFile> {
  const { sink } = options;
  try {
    const file = await writeFile(options);
    options.onRead();
    await record(options, file);
    options.signal.throwIfAborted();
    await sink.complete();
    return file;
  } catch (error) {
    await sink.discard().catch(() => {
      // The first error matters.
    });
    throw error;
  }
}

async function writeFile(options: InstantExport): Promise<ExportedFile> {
  const { loki, query, range, format, columns, name, sink, limits, signal, onRows } = options;
  const meta = { exportedAt: new Date().toISOString(), columns };
  const encoder = new TextEncoder();
  const hash = sha256.create();
  let rows = 0;
  let bytes = 0;
  const write = async (text: string) => {
    const chunk = encoder.encode(text);
    bytes += chunk.length;
    if (limits && (rows > limits.rows || bytes > limits.bytes)) throw new ExportTooLarge('the export is too large');
    hash.update(chunk);
    await sink.write(chunk);
  };
  await write(format.head(meta));
  // A format that keeps lines as stored includes repeated deliveries, to keep the chains complete.
  const reading = { query, range, pageEntries: PAGE_ROWS, everyLine: !format.needsEntry, signal };
  for await (const page of readEntries(loki, reading)) {
    signal.throwIfAborted();
    const before = rows > 0 ? format.separator : '';
    rows += page.length;
    await write(before + page.map((line) => format.row(line, meta)).join(format.separator));
    onRows(rows);
  }
  signal.throwIfAborted();
  await write(format.tail(meta));
  return { name, rows, bytes, sha256: bytesToHex(hash.digest()) };
}

async function record({ query, range, format }: InstantExport, file: ExportedFile) {
  try {
    const id = uuidv7();
    const stated = { start: range.start, end: statedEnd(range) };
    const files = [{ ...file, format: format.id }];
    const what = { id, name: file.name, formats: [format.id], query, range: stated, files };
    await writeOwnEntry(exportEntry('downloaded', what));
  } catch (cause) {
    throw new ExportNotRecorded('the entry about the export was not written', { cause });
  }
}
