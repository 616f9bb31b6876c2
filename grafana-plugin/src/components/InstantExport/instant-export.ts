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

/** What a browser should hold of a file that it downloads at the end; a file that is saved as it comes has no bound. */
export const DOWNLOAD_LIMITS = { rows: 100_000, bytes: 250_000_000 } as const;

// Few requests, and none so large that the page stands still while it is read.
const PAGE_ROWS = 2_000;

export interface InstantExport {
  loki: LokiClient;
  query: EntryQuery;
  range: TimeRange;
  format: ExportFormat;
  /** Of CSV, by the names that files know. */
  columns: readonly string[];
  name: string;
  sink: FileSink;
  /** Where the file may not be larger. */
  limits?: { rows: number; bytes: number } | undefined;
  signal: AbortSignal;
  onRows: (rows: number) => void;
  /** All is read; the entry about it is written next. */
  onRead: () => void;
}

/** The file that was handed out. */
export interface ExportedFile {
  name: string;
  rows: number;
  bytes: number;
  /** In hexadecimal. */
  sha256: string;
}

/** The file would be larger than a browser should hold. */
export class ExportTooLarge extends Error {}

/** The entry about the export could not be written: so nothing was handed out. `cause` says why. */
export class ExportNotRecorded extends Error {}

/**
 * `audit-log-2026-11-21T06-18-19Z.csv`: no colons, which Windows does not take. The name of a filtered file says so, because
 * it holds a part of the chains: `auditrail verify` goes by it.
 */
export function fileName(format: ExportFormat, { filters = [], search }: EntryQuery, now = new Date()): string {
  const part = filters.length > 0 || search ? '-filtered' : '';
  return `audit-log-${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z${part}.${format.extension}`;
}

/**
 * Reads the entries of a view, newest first, into a file; writes to the log that it was done; and only then hands the file
 * out.
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
    await sink.handOut();
    return file;
  } catch (error) {
    await sink.discard().catch(() => {
      // What went wrong first is what matters.
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
  // A format that keeps the lines keeps every link of the chains.
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
