import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { open, rm, statfs, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditError } from '@auditrail/core';
import { folderProblem, isErrno } from './errno.ts';
import type { OperatorLog } from '../log.ts';
import { SpoolCursor } from './cursor.ts';
import { encodeFrames, payloadOf, scanFrames } from './frame.ts';
import { lockSpool, type SpoolLock } from './lock.ts';
import { isBehind, recoverSpool, type RecoveredSpool } from './recovery.ts';
import {
  CURSOR_FILE,
  readPart,
  segmentIds,
  segmentPath,
  SENT_FILE,
  setAside,
  syncFolder,
  type Segment,
} from './segments.ts';
import type { Spool, SpoolBatch, SpoolMark, SpoolPosition } from './spool.ts';

export interface FileSpoolOptions {
  /** Folder for this writer alone; made with mode 0700 where it is missing. */
  folder: string;
  /** A segment that has grown to this size is closed, and deleted once it is delivered. Default 16 MiB. */
  segmentBytes?: number;
  /** Bytes, undelivered or kept, at which `append` refuses with `SPOOL_FULL`. Default 1 GiB. */
  maxBytes?: number;
  /** Where damage is told. Default the console. */
  log?: OperatorLog;
}

/**
 * A spool of append-only files.
 *
 * - An append is safe when its write was synced, its file still stands in its folder, and the folder is still ours.
 * - What was refused is cut off again, so that it is not delivered either.
 * - Damaged places are skipped, kept in a file beside their segment (`….damaged-at-OFFSET`), told to the log and counted.
 */
export class FileSpool implements Spool {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #maxBytes: number;
  readonly #log: OperatorLog;
  readonly #lock: SpoolLock;
  readonly #cursorFile: SpoolCursor;
  #segments: Segment[];
  #cursor: SpoolPosition;
  readonly #sentFile: SpoolCursor;
  #sent: SpoolPosition;
  #lastLine: string | undefined;
  #damaged: number;
  #cursorSaved = true;
  #saving: Promise<void> = Promise.resolve();
  #closed = false;
  /** The youngest segment, while it takes appends. */
  #file: FileHandle | undefined;
  /** A write failed: what it left behind the youngest segment's safe part must go before the next one. */
  #uncut = false;
  /** What an append under way has not written yet. */
  #unwritten: Buffer | undefined;
  /** Asked to commit so many bytes of what is kept, when an append finds no room: with `must` also of what was not seen. */
  makeRoom: ((bytes: number, must: boolean) => Promise<void>) | undefined;
  /** When the entries that an earlier process sent were sent at the latest, in milliseconds since 1970. */
  readonly sentBeforeMs: number;

  private constructor(options: FileSpoolOptions, lock: SpoolLock, recovered: RecoveredSpool) {
    this.#folder = options.folder;
    this.#segmentBytes = options.segmentBytes ?? 16 * 2 ** 20;
    this.#maxBytes = options.maxBytes ?? 2 ** 30;
    this.#log = options.log ?? console;
    this.#lock = lock;
    this.#cursorFile = new SpoolCursor(join(options.folder, CURSOR_FILE));
    this.#sentFile = new SpoolCursor(join(options.folder, SENT_FILE));
    this.sentBeforeMs = Math.min(this.#sentFile.savedMs() ?? Date.now(), Date.now());
    this.#segments = recovered.segments;
    this.#cursor = recovered.cursor;
    this.#sent = recovered.sent;
    this.#lastLine = recovered.lastLine;
    this.#damaged = recovered.damaged;
  }

  /**
   * Opens the folder and recovers what an earlier process left in it.
   *
   * @throws AuditError `SPOOL_LOCKED`, `SPOOL_UNAVAILABLE`
   */
  static open(options: FileSpoolOptions): FileSpool {
    const lock = lockSpool(options.folder);
    try {
      const recovery = recoverSpool(options.folder, options.log ?? console);
      let step = recovery.next();
      while (!step.done) step = recovery.next();
      return new FileSpool(options, lock, step.value);
    } catch (cause) {
      lock.release();
      throw unavailable(options.folder, cause);
    }
  }

  /** As {@link FileSpool.open}, letting others run between segments: for a process that is at work already. */
  static async openGently(options: FileSpoolOptions): Promise<FileSpool> {
    const lock = lockSpool(options.folder);
    try {
      const recovery = recoverSpool(options.folder, options.log ?? console);
      let step = recovery.next();
      while (!step.done) {
        await new Promise((resolve) => setImmediate(resolve));
        step = recovery.next();
      }
      return new FileSpool(options, lock, step.value);
    } catch (cause) {
      lock.release();
      throw unavailable(options.folder, cause);
    }
  }

  get folder(): string {
    return this.#folder;
  }

  get pending(): number {
    return this.#segments.reduce((sum, { pending }) => sum + pending, 0);
  }

  get bytes(): number {
    return this.#bytesBehind(this.#sent);
  }

  get kept(): number {
    return this.#segments.reduce((sum, { kept }) => sum + kept, 0);
  }

  get keptBytes(): number {
    return this.#bytesBehind(this.#cursor) - this.bytes;
  }

  /** Where the first entry that is kept begins: `read` from there gives those that are kept. */
  get keptFrom(): SpoolPosition {
    return this.#cursor;
  }

  #bytesBehind({ segment, offset }: SpoolPosition): number {
    return this.#segments.reduce((sum, { id, bytes }) => {
      if (id < segment) return sum;
      return sum + bytes - (id === segment ? offset : 0);
    }, 0);
  }

  /** How many bytes may be kept now: at most half of the spool's size, and half of the disk's room. */
  async keepableBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return Math.min(this.#maxBytes / 2, (bavail * bsize + this.keptBytes) / 2);
  }

  get lastLine(): string | undefined {
    return this.#lastLine;
  }

  /** Damaged places and vanished segments found since it was opened; 0 on a healthy disk, also after crashes. */
  get damaged(): number {
    return this.#damaged;
  }

  async append(lines: readonly string[]): Promise<void> {
    if (this.#closed) throw unavailable(this.#folder, new Error('it is closed'));
    if (lines.length === 0) return;
    const frames = encodeFrames(lines);
    const over = () => this.#bytesBehind(this.#cursor) + frames.length - this.#maxBytes;
    if (over() > 0) await this.makeRoom?.(over(), true);
    if (over() > 0) {
      throw new AuditError(
        'SPOOL_FULL',
        `${this.pending} entries wait undelivered in ${this.#folder} and fill its ${this.#maxBytes} bytes: ` +
          'see that the collector can be reached, or allow more with spoolMaxBytes',
      );
    }
    try {
      this.#unwritten = frames;
      const segment = await this.#store(frames);
      segment.pending += lines.length;
      this.#lastLine = lines.at(-1);
    } catch (cause) {
      throw unavailable(this.#folder, cause);
    } finally {
      this.#unwritten = undefined;
    }
  }

  /**
   * Adds lines while the process ends, when nothing asynchronous runs any more; before them, what an `append` under way had
   * not written yet. Into a segment of their own, in one write.
   *
   * @throws AuditError `SPOOL_UNAVAILABLE` or `SPOOL_FULL`
   */
  appendAtExit(lines: readonly string[]): void {
    if (this.#closed) return;
    const frames = Buffer.concat([...(this.#unwritten ? [this.#unwritten] : []), encodeFrames(lines)]);
    this.#unwritten = undefined;
    try {
      this.#lock.check();
      if (this.#file) fsyncSync(this.#file.fd);
      if (frames.length === 0) return;
      if (this.bytes + frames.length > this.#maxBytes) throw new AuditError('SPOOL_FULL', 'the spool is full');
      const id = Math.max(0, this.#cursor.segment, ...segmentIds(this.#folder)) + 1;
      const file = openSync(segmentPath(this.#folder, id), 'ax', 0o600);
      try {
        // As much as there is room for: a torn last entry is cut off at the next start.
        const written = writeSync(file, frames);
        fsyncSync(file);
        if (written < frames.length) throw new Error(`only ${written} of ${frames.length} bytes could be written`);
      } finally {
        closeSync(file);
      }
      const folder = openSync(this.#folder, 'r');
      fsyncSync(folder);
      closeSync(folder);
    } catch (cause) {
      throw unavailable(this.#folder, cause);
    }
  }

  /** @param room on a full disk first what was seen in Loki makes room, and then whatever is only kept */
  async #store(frames: Buffer, room: readonly boolean[] = [false, true]): Promise<Segment> {
    try {
      return await this.#write(await this.#openSegment(), frames);
    } catch (error) {
      if (!isErrno(error, 'ENOSPC')) throw error;
      for (const [i, must] of room.entries()) {
        if (await this.#giveBack(must)) return await this.#store(frames, room.slice(i + 1));
      }
      throw error;
    }
  }

  async #giveBack(must: boolean): Promise<boolean> {
    const { keptBytes } = this;
    // Only whole segments give room: a part of one would be given up for nothing.
    const helps =
      this.pending === 0 || this.#segments.slice(0, -1).some(({ pending, kept }) => pending === 0 && kept > 0);
    if (!helps) return false;
    if (keptBytes > 0) await this.makeRoom?.(keptBytes, must);
    const shrunk = this.#shrink();
    if (shrunk) await this.#saveCursor();
    return shrunk || this.keptBytes < keptBytes;
  }

  /**
   * Gives back the room of the last segment when all of it is delivered: on a small disk it can be what fills it. Its last
   * line stays, because it tells a restarted emitter where it was; it is copied over the beginning, which needs no room. A
   * crash on the way means that this one line is sent again.
   */
  #shrink(): boolean {
    const segment = this.#segments.findLast(({ bytes }) => bytes > 0);
    if (!segment || this.#lastLine === undefined || this.pending > 0 || this.#bytesBehind(this.#cursor) > 0)
      return false;
    const frame = encodeFrames([this.#lastLine]);
    if (segment.bytes <= frame.length) return false;
    this.#lock.check();
    const id = Math.max(...segmentIds(this.#folder)) + 1;
    const path = segmentPath(this.#folder, id);
    const file = openSync(segment.path, 'r+');
    try {
      writeSync(file, frame, 0, frame.length, 0);
      fsyncSync(file);
      ftruncateSync(file, frame.length);
    } finally {
      closeSync(file);
    }
    // Under a new number, so that a position in the old segment cannot be taken for one in this.
    renameSync(segment.path, path);
    this.#segments = [
      ...this.#segments.filter((other) => other !== segment),
      { ...segment, id, path, bytes: frame.length },
    ];
    this.#cursor = { segment: id, offset: frame.length };
    this.#sent = this.#cursor;
    this.#uncut = false;
    return true;
  }

  async #openSegment(): Promise<Segment> {
    const current = this.#segments.at(-1);
    if (current && this.#file && current.bytes < this.#segmentBytes) return current;
    this.#lock.check();
    if (current && this.#uncut && (await this.#cut(current))) return current;
    await this.#file?.close();
    this.#file = undefined;
    // Never an earlier process's file: one that was stopped may still hold it open.
    const id = Math.max(0, this.#cursor.segment, current?.id ?? 0, ...segmentIds(this.#folder)) + 1;
    const segment: Segment = { id, path: segmentPath(this.#folder, id), bytes: 0, pending: 0, kept: 0 };
    const file = await open(segment.path, 'ax', 0o600);
    try {
      await syncFolder(this.#folder);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
    this.#segments.push(segment);
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
      // Only this file was taken away, the folder is ours: reading will tell what was in it.
      this.#uncut = false;
      return false;
    }
  }

  async #write(segment: Segment, frames: Buffer): Promise<Segment> {
    const file = this.#file;
    if (!file) throw new Error('no open segment');
    try {
      // Into the page cache, which takes microseconds: so the disk is at work on this group while the callers of the one
      // before make their next entries, and does not wait for a turn of the event loop in between.
      const bytesWritten = writeSync(file.fd, frames);
      if (bytesWritten !== frames.length) {
        const message = `only ${bytesWritten} of ${frames.length} bytes could be written: the disk is full`;
        throw Object.assign(new Error(message), { code: 'ENOSPC' });
      }
      this.#unwritten = undefined;
      await file.datasync();
      this.#lock.check();
      // Written into a file that was deleted meanwhile?
      if (statSync(segment.path).size !== segment.bytes + frames.length) {
        throw new Error(`${segment.path} was changed by another program`);
      }
      segment.bytes += frames.length;
      return segment;
    } catch (error) {
      this.#file = undefined;
      this.#uncut = true;
      // At once where it can be, so that a restart does not find it; else before the next write.
      if (this.#lock.isOurs) await file.truncate(segment.bytes).catch(() => undefined);
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  async read(maxBytes: number, start?: SpoolPosition): Promise<SpoolBatch> {
    try {
      for (let from = start ?? this.#sent; ; from = start ?? this.#sent) {
        const segment = this.#segments.find(({ id, bytes }) => {
          return id > from.segment || (id === from.segment && bytes > from.offset);
        });
        if (!segment) return { lines: [], count: 0, start: from, end: from };
        const at = segment.id === from.segment ? from.offset : 0;
        // Again only what was sent.
        if (start && !isBehind(this.#sent, { segment: segment.id, offset: at })) {
          return { lines: [], count: 0, start, end: start };
        }
        const to = start && segment.id === this.#sent.segment ? this.#sent.offset : segment.bytes;
        const batch =
          (await this.#readFrames(segment, at, Math.min(to, at + maxBytes), maxBytes)) ??
          (await this.#readFrames(segment, at, to, maxBytes));
        if (batch) return batch;
        if (start) return { lines: [], count: 0, start, end: { segment: segment.id, offset: to } };
        if (segment.bytes === to) this.#skip(segment);
      }
    } catch (cause) {
      throw unavailable(this.#folder, cause);
    }
  }

  /** Nothing where there is no intact frame: the first may be longer than the part that was read. */
  async #readFrames(segment: Segment, from: number, to: number, maxBytes: number): Promise<SpoolBatch | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readPart(segment.path, from, to - from);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
      // Only this file, or the whole folder? The latter may come back.
      this.#lock.check();
      return undefined;
    }
    const { frames, damaged, end } = scanFrames(bytes, to === segment.bytes);
    for (const stretch of damaged) this.#damaged += setAside(segment.path, bytes, stretch, this.#log, from);
    const fitting = frames.filter((frame, i) => i === 0 || frame.end <= maxBytes);
    if (fitting.length === 0) return undefined;
    const last = fitting.length < frames.length ? (fitting.at(-1)?.end ?? end) : end;
    return {
      lines: fitting.map((frame) => payloadOf(bytes, frame)),
      count: fitting.length,
      start: { segment: segment.id, offset: from },
      end: { segment: segment.id, offset: from + last },
    };
  }

  /** Nothing can be read of the rest of this segment, which is the oldest with entries that wait. */
  #skip(segment: Segment): void {
    if (segment.pending > 0) {
      this.#damaged += 1;
      this.#log.error(`${segment.pending} undelivered entries of ${segment.path} are lost: it was damaged or deleted`);
    }
    segment.pending = 0;
    // Where nothing is kept before it, it is committed as well.
    const kept = isBehind(this.#sent, this.#cursor);
    this.#sent = { segment: segment.id, offset: segment.bytes };
    if (!kept) this.#cursor = this.#sent;
  }

  async sent(mark: SpoolMark): Promise<void> {
    if (this.#markSent(mark)) await this.#save(this.#sentFile, () => this.#sent);
  }

  /** What is kept was sent again just now. */
  async resent(): Promise<void> {
    await this.#save(this.#sentFile, () => this.#sent);
  }

  /** Commits what is kept. */
  async forgetKept(): Promise<void> {
    await this.commit({ count: this.kept, end: this.#sent });
  }

  #markSent({ count, end }: SpoolMark): boolean {
    if (!isBehind(end, this.#sent)) return false;
    this.#sent = end;
    for (const segment of this.#segments) {
      if (segment.id > end.segment) break;
      const some = segment.id === end.segment && end.offset < segment.bytes;
      const sent = some ? Math.min(count, segment.pending) : segment.pending;
      segment.pending -= sent;
      segment.kept += sent;
    }
    return true;
  }

  async commit(mark: SpoolMark): Promise<void> {
    const { count, end } = mark;
    if (!isBehind(end, this.#cursor)) return;
    this.#markSent(mark);
    this.#cursor = end;
    for (const segment of this.#segments) {
      if (segment.id < end.segment || (segment.id === end.segment && end.offset >= segment.bytes)) segment.kept = 0;
      else if (segment.id === end.segment) segment.kept = Math.max(0, segment.kept - count);
    }
    await this.#saveCursor();
    // The last segment with entries stays, delivered or not: it tells a restarted emitter where it was.
    const last = this.#segments.findLastIndex(({ bytes }) => bytes > 0);
    const done = this.#segments
      .slice(0, Math.max(last, 0))
      .filter(({ id, bytes }) => id < end.segment || (id === end.segment && bytes <= end.offset));
    this.#segments = this.#segments.filter((segment) => !done.includes(segment));
    for (const { path } of done) {
      await rm(path, { force: true }).catch((error: unknown) => this.#log.warn(`${path} stays: ${String(error)}`));
    }
  }

  #saveCursor(): Promise<void> {
    return this.#save(this.#cursorFile, () => this.#cursor);
  }

  #save(file: SpoolCursor, position: () => SpoolPosition): Promise<void> {
    // One after the other: `append` saves it too, when it gives room back.
    this.#saving = this.#saving.then(async () => {
      try {
        await file.save(position());
        this.#cursorSaved = true;
      } catch (error) {
        // Delivered is delivered; after a restart it would go out once more.
        if (this.#cursorSaved)
          this.#log.warn(`${this.#folder}: how far it is delivered cannot be saved: ${String(error)}`);
        this.#cursorSaved = false;
      }
    });
    return this.#saving;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#file?.close();
      await this.#cursorFile.close();
      await this.#sentFile.close();
      const current = this.#segments.at(-1);
      if (current?.bytes === 0 && this.#lock.isOurs) rmSync(current.path, { force: true });
    } finally {
      this.#lock.release();
    }
  }
}

function unavailable(folder: string, cause: unknown): AuditError {
  if (cause instanceof AuditError) return cause;
  const message = `the spool ${folder} cannot be used: ${folderProblem(folder, cause)}`;
  return new AuditError('SPOOL_UNAVAILABLE', message, { cause });
}
