import { closeSync, fsyncSync, openSync, statSync, writeSync } from 'node:fs';
import { open, truncate, type FileHandle } from 'node:fs/promises';
import type { Backlog } from './backlog.ts';
import { isErrno } from './errno.ts';
import type { SpoolLock } from './lock.ts';
import { segmentIds, segmentPath, syncFolder, syncFolderNow, type Segment } from './segments.ts';

/**
 * Appends frames to the youngest segment, and begins a new one if that is full. What a failed write left behind the safe part
 * of a segment is cut off before the next write, so that it is not delivered.
 */
export class SegmentWriter {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #lock: SpoolLock;
  readonly #backlog: Backlog;
  /** The youngest segment, while it takes appends. */
  #file: FileHandle | undefined;
  /** Whether a failed write may have left bytes behind the safe part of the youngest segment. */
  #uncut = false;
  /** Frames of a write under way that are not in the file yet. */
  #unwritten: Buffer | undefined;

  constructor(folder: string, segmentBytes: number, lock: SpoolLock, backlog: Backlog) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
    this.#lock = lock;
    this.#backlog = backlog;
  }

  /**
   * Writes frames and syncs them. Tries again on a full disk as long as `makeRoom` returns true.
   *
   * @returns the segment that they are in
   * @throws Error of the system, or of the lock
   */
  async write(frames: Buffer, makeRoom: () => Promise<boolean>): Promise<Segment> {
    this.#unwritten = frames;
    try {
      for (;;) {
        try {
          return await this.#append(await this.#openSegment(), frames);
        } catch (error) {
          if (!isErrno(error, 'ENOSPC') || !(await makeRoom())) throw error;
        }
      }
    } finally {
      this.#unwritten = undefined;
    }
  }

  /**
   * Writes frames while the process ends, when nothing asynchronous runs any more; before them, those of a write under way.
   * They go into a segment of their own, in one write.
   *
   * @param checkSize throws if the spool has no room for so many bytes
   */
  writeAtExit(frames: Buffer, checkSize: (bytes: number) => void): void {
    const all = this.#unwritten ? Buffer.concat([this.#unwritten, frames]) : frames;
    this.#unwritten = undefined;
    this.#lock.check();
    if (this.#file) fsyncSync(this.#file.fd);
    if (all.length === 0) return;
    checkSize(all.length);
    const file = openSync(segmentPath(this.#folder, this.#nextId()), 'ax', 0o600);
    try {
      // As much as the disk has room for: the next start cuts a torn last entry off.
      const written = writeSync(file, all);
      fsyncSync(file);
      if (written < all.length) throw new Error(`only ${written} of ${all.length} bytes could be written`);
    } finally {
      closeSync(file);
    }
    syncFolderNow(this.#folder);
  }

  /** The youngest segment was replaced: the next write begins another one. */
  detach(): void {
    this.#uncut = false;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  // Never the number of an earlier process's file: a process that was stopped may still hold it open.
  #nextId(): number {
    const { cursor, youngest } = this.#backlog;
    return Math.max(0, cursor.segment, youngest?.id ?? 0, ...segmentIds(this.#folder)) + 1;
  }

  async #openSegment(): Promise<Segment> {
    const current = this.#backlog.youngest;
    if (current && this.#file && current.bytes < this.#segmentBytes) return current;
    this.#lock.check();
    if (current && this.#uncut && (await this.#cut(current))) return current;
    await this.#file?.close();
    this.#file = undefined;
    const id = this.#nextId();
    const segment: Segment = { id, path: segmentPath(this.#folder, id), bytes: 0, pending: 0, kept: 0 };
    const file = await open(segment.path, 'ax', 0o600);
    try {
      await syncFolder(this.#folder);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
    this.#backlog.add(segment);
    return segment;
  }

  async #cut(segment: Segment): Promise<boolean> {
    try {
      await truncate(segment.path, segment.bytes);
      this.#file = await open(segment.path, 'a');
      this.#uncut = false;
      return true;
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
      // Only this file was removed, the folder is ours: a read reports the entries that were in it.
      this.#uncut = false;
      return false;
    }
  }

  async #append(segment: Segment, frames: Buffer): Promise<Segment> {
    const file = this.#file;
    if (!file) throw new Error('no open segment');
    try {
      // Into the page cache, which takes microseconds: the disk syncs this group while the callers of the group before make
      // their next entries, and does not wait for a turn of the event loop in between.
      const bytesWritten = writeSync(file.fd, frames);
      if (bytesWritten !== frames.length) {
        const message = `only ${bytesWritten} of ${frames.length} bytes could be written: the disk is full`;
        throw Object.assign(new Error(message), { code: 'ENOSPC' });
      }
      this.#unwritten = undefined;
      await file.datasync();
      this.#lock.check();
      // The file may have been deleted meanwhile.
      if (statSync(segment.path).size !== segment.bytes + frames.length) {
        throw new Error(`${segment.path} was changed by another program`);
      }
      segment.bytes += frames.length;
      return segment;
    } catch (error) {
      this.#file = undefined;
      this.#uncut = true;
      // Now if possible, so that a restart does not find the frames; otherwise before the next write.
      if (this.#lock.isOurs) await file.truncate(segment.bytes).catch(() => undefined);
      await file.close().catch(() => undefined);
      throw error;
    }
  }
}
