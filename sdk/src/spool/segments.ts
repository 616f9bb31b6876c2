import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from './errno.ts';
import type { OperatorLog } from '../log.ts';
import type { Stretch } from './frame.ts';

/** One file of a spool. */
export interface Segment {
  id: number;
  path: string;
  /** Length of the part that is safely on disk. */
  bytes: number;
  /** Entries in it that are not sent. */
  pending: number;
  /** Entries in it that are sent and not committed. */
  kept: number;
}

/** How far the spool is committed. */
export const CURSOR_FILE = 'cursor';
/** How far it is sent, if that is further. */
export const SENT_FILE = 'sent';

export function segmentPath(folder: string, id: number): string {
  return join(folder, `${String(id).padStart(10, '0')}.spool`);
}

/** Ids of the segments in a folder, the oldest first. */
export function segmentIds(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => /^(\d{10})\.spool$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** A part of a file: fewer bytes than `length` if the file ends before. */
export async function readPart(path: string, from: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    let read = 0;
    while (read < length) {
      const { bytesRead } = await file.read(bytes, read, length - read, from + read);
      if (bytesRead === 0) break;
      read += bytesRead;
    }
    return bytes.subarray(0, read);
  } finally {
    await file.close();
  }
}

/** Syncs a folder: only then the name of a new file in it is safe. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** As {@link syncFolder}, while the process ends. */
export function syncFolderNow(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Reduces a segment to one frame, without needing room: overwrites its beginning and cuts off the rest. */
export function shortenSegment(folder: string, segment: Segment, frame: Buffer): Segment {
  const file = openSync(segment.path, 'r+');
  try {
    writeSync(file, frame, 0, frame.length, 0);
    fsyncSync(file);
    ftruncateSync(file, frame.length);
  } finally {
    closeSync(file);
  }
  // A new number, so that a position in the old segment is not taken for one in this.
  const id = Math.max(...segmentIds(folder)) + 1;
  const path = segmentPath(folder, id);
  renameSync(segment.path, path);
  return { ...segment, id, path, bytes: frame.length };
}

/**
 * Copies damaged bytes into a file beside their segment, for a person to examine, and logs it once.
 *
 * @param base the offset of `bytes` in the segment
 * @param torn a crash in the middle of a write left them: they were never acknowledged
 * @returns how many damages this adds: 0 or 1
 */
export function setAside(
  path: string,
  bytes: Buffer,
  stretch: Stretch,
  log: OperatorLog,
  base = 0,
  torn = false,
): number {
  const size = stretch.end - stretch.start;
  const file = `${path}.damaged-at-${base + stretch.start}`;
  try {
    writeFileSync(file, bytes.subarray(stretch.start, stretch.end), { flag: 'wx', mode: 0o600 });
    if (torn)
      log.warn(`a crash tore the last write into the spool: ${size} bytes, not yet acknowledged, are kept in ${file}`);
    else log.error(`the spool is damaged: ${size} bytes are skipped and kept in ${file}`);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return 0;
    rmSync(file, { force: true });
    log.error(`the spool is damaged: ${size} bytes of ${path} are skipped, and cannot be copied: ${String(error)}`);
  }
  return torn ? 0 : 1;
}
