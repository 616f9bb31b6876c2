import { rmSync } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { AuditError } from '@auditrail/core';
import type { OperatorLog } from '../log.ts';
import { Backlog } from './backlog.ts';
import { folderProblem } from './errno.ts';
import { encodeFrames } from './frame.ts';
import { lockSpool, type SpoolLock } from './lock.ts';
import { recoverSpool, type RecoveredSpool } from './recovery.ts';
import { SavedPositions } from './saved-positions.ts';
import { SegmentReader } from './segment-reader.ts';
import { SegmentWriter } from './segment-writer.ts';
import { shortenSegment } from './segments.ts';
import { isBehind, type Spool, type SpoolBatch, type SpoolMark, type SpoolPosition } from './spool.ts';

export interface FileSpoolOptions {
  /** Folder for this writer alone; created with mode 0700 if it is missing. */
  folder: string;
  /** A segment that has grown to this size is closed, and deleted once it is delivered. Default 16 MiB. */
  segmentBytes?: number;
  /** Bytes, undelivered or kept, at which `append` refuses with `SPOOL_FULL`. Default 1 GiB. */
  maxBytes?: number;
  /** Receives reports of damage. Default the console. */
  log?: OperatorLog;
}

/**
 * A spool of append-only files.
 *
 * - An append is safe when its write was synced, its file is still in its folder, and the folder is still ours.
 * - A refused append is cut off again, so that it is not delivered either.
 * - Damaged bytes are skipped, copied into a file beside their segment (`….damaged-at-OFFSET`), logged and counted.
 */
export class FileSpool implements Spool {
  readonly folder: string;
  readonly #maxBytes: number;
  readonly #log: OperatorLog;
  readonly #lock: SpoolLock;
  readonly #backlog: Backlog;
  readonly #positions: SavedPositions;
  readonly #reader: SegmentReader;
  readonly #writer: SegmentWriter;
  #lastLine: string | undefined;
  #closed = false;
  /** Commits that many bytes of kept entries when an append finds no room: with `must` also entries that were not seen. */
  makeRoom: ((bytes: number, must: boolean) => Promise<void>) | undefined;
  /** When an earlier process sent its last entries at the latest, in milliseconds since 1970. */
  readonly sentBeforeMs: number;

  private constructor(options: FileSpoolOptions, lock: SpoolLock, recovered: RecoveredSpool) {
    const { folder, segmentBytes = 16 * 2 ** 20, maxBytes = 2 ** 30, log = console } = options;
    this.folder = folder;
    this.#maxBytes = maxBytes;
    this.#log = log;
    this.#lock = lock;
    this.#backlog = new Backlog(recovered);
    this.#positions = new SavedPositions(folder, this.#backlog, log);
    this.#reader = new SegmentReader(lock, log, recovered.damaged);
    this.#writer = new SegmentWriter(folder, segmentBytes, lock, this.#backlog);
    this.#lastLine = recovered.lastLine;
    this.sentBeforeMs = this.#positions.sentSavedMs();
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

  /** As {@link FileSpool.open}, with a turn of the event loop between segments: for a process that is already at work. */
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

  get pending(): number {
    return this.#backlog.pending;
  }

  get bytes(): number {
    return this.#backlog.pendingBytes;
  }

  get kept(): number {
    return this.#backlog.kept;
  }

  get keptBytes(): number {
    return this.#backlog.bytes - this.#backlog.pendingBytes;
  }

  /** The position of the first kept entry: `read` from there returns the kept entries. */
  get keptFrom(): SpoolPosition {
    return this.#backlog.cursor;
  }

  /** How many bytes may be kept now: at most half of the spool's size, and half of the room on the disk. */
  async keepableBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return Math.min(this.#maxBytes / 2, (bavail * bsize + this.keptBytes) / 2);
  }

  get lastLine(): string | undefined {
    return this.#lastLine;
  }

  /** Damaged stretches and lost segments found since it was opened; 0 on a healthy disk, also after crashes. */
  get damaged(): number {
    return this.#reader.damaged;
  }

  async append(lines: readonly string[]): Promise<void> {
    if (this.#closed) throw unavailable(this.folder, new Error('it is closed'));
    if (lines.length === 0) return;
    const frames = encodeFrames(lines);
    const over = () => this.#backlog.bytes + frames.length - this.#maxBytes;
    if (over() > 0) await this.makeRoom?.(over(), true);
    if (over() > 0) {
      throw new AuditError(
        'SPOOL_FULL',
        `${this.pending} undelivered entries in ${this.folder} fill its ${this.#maxBytes} bytes: ` +
          'check that the collector is reachable, or raise spoolMaxBytes',
      );
    }
    try {
      const segment = await this.#writer.write(frames, this.#diskRoom());
      segment.pending += lines.length;
      this.#lastLine = lines.at(-1);
    } catch (cause) {
      throw unavailable(this.folder, cause);
    }
  }

  /**
   * Appends lines while the process ends, when nothing asynchronous runs any more; before them, those of an `append` under way
   * that are not written yet.
   *
   * @throws AuditError `SPOOL_UNAVAILABLE` or `SPOOL_FULL`
   */
  appendAtExit(lines: readonly string[]): void {
    if (this.#closed) return;
    try {
      this.#writer.writeAtExit(encodeFrames(lines), (bytes) => {
        if (this.bytes + bytes > this.#maxBytes) throw new AuditError('SPOOL_FULL', 'the spool is full');
      });
    } catch (cause) {
      throw unavailable(this.folder, cause);
    }
  }

  /** Makes room on a full disk, each time it is called by other means. @returns a function that returns whether it did */
  #diskRoom(): () => Promise<boolean> {
    // First entries that were seen in Loki, then all that are kept.
    const steps = [false, true];
    return async () => {
      for (let must = steps.shift(); must !== undefined; must = steps.shift()) {
        if (await this.#giveBack(must)) return true;
      }
      return false;
    };
  }

  async #giveBack(must: boolean): Promise<boolean> {
    // Only whole segments free disk space: a part of one would be given up for nothing.
    if (!this.#backlog.freesSegment) return false;
    const { keptBytes } = this;
    if (keptBytes > 0) await this.makeRoom?.(keptBytes, must);
    const shrunk = this.#shrink();
    if (shrunk) await this.#positions.saveCursor();
    return shrunk || this.keptBytes < keptBytes;
  }

  /**
   * Frees the room of the last segment when all of it is delivered: on a small disk it can be what fills it. Its last line
   * stays, because a restarted emitter continues after it. A crash in between means that this one line is sent again.
   */
  #shrink(): boolean {
    const segment = this.#backlog.lastDelivered;
    if (!segment || this.#lastLine === undefined) return false;
    const frame = encodeFrames([this.#lastLine]);
    if (segment.bytes <= frame.length) return false;
    this.#lock.check();
    this.#backlog.replace(segment, shortenSegment(this.folder, segment, frame));
    this.#writer.detach();
    return true;
  }

  async read(maxBytes: number, start?: SpoolPosition): Promise<SpoolBatch> {
    try {
      return await (start ? this.#readSent(maxBytes, start) : this.#readPending(maxBytes));
    } catch (cause) {
      throw unavailable(this.folder, cause);
    }
  }

  async #readPending(maxBytes: number): Promise<SpoolBatch> {
    for (;;) {
      const { sent } = this.#backlog;
      const next = this.#backlog.nextBehind(sent);
      if (!next) return emptyBatch(sent);
      const { segment, from } = next;
      const to = segment.bytes;
      const batch = await this.#reader.read(segment, from, to, maxBytes);
      if (batch) return batch;
      // Unless entries were appended meanwhile, the rest of this segment cannot be read.
      if (segment.bytes !== to) continue;
      const lost = this.#backlog.skip(segment);
      if (lost === 0) continue;
      this.#reader.damaged += 1;
      this.#log.error(`${lost} undelivered entries of ${segment.path} are lost: it was damaged or deleted`);
    }
  }

  async #readSent(maxBytes: number, start: SpoolPosition): Promise<SpoolBatch> {
    const { sent } = this.#backlog;
    const next = this.#backlog.nextBehind(start);
    if (!next || !isBehind(sent, { segment: next.segment.id, offset: next.from })) return emptyBatch(start);
    const { segment, from } = next;
    const to = segment.id === sent.segment ? sent.offset : segment.bytes;
    return (
      (await this.#reader.read(segment, from, to, maxBytes)) ?? emptyBatch(start, { segment: segment.id, offset: to })
    );
  }

  async sent(mark: SpoolMark): Promise<void> {
    if (this.#backlog.markSent(mark)) await this.#positions.saveSent();
  }

  /** Kept entries were sent again just now. */
  async resent(): Promise<void> {
    await this.#positions.saveSent();
  }

  /** Commits what is kept. */
  async forgetKept(): Promise<void> {
    await this.commit({ count: this.kept, end: this.#backlog.sent });
  }

  async commit(mark: SpoolMark): Promise<void> {
    if (!this.#backlog.markCommitted(mark)) return;
    await this.#positions.saveCursor();
    for (const { path } of this.#backlog.takeCommitted(mark.end)) {
      await rm(path, { force: true }).catch((error: unknown) => this.#log.warn(`${path} stays: ${String(error)}`));
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#writer.close();
      await this.#positions.close();
      const { youngest } = this.#backlog;
      if (youngest?.bytes === 0 && this.#lock.isOurs) rmSync(youngest.path, { force: true });
    } finally {
      this.#lock.release();
    }
  }
}

function emptyBatch(start: SpoolPosition, end = start): SpoolBatch {
  return { lines: [], count: 0, start, end };
}

function unavailable(folder: string, cause: unknown): AuditError {
  if (cause instanceof AuditError) return cause;
  const message = `the spool ${folder} cannot be used: ${folderProblem(folder, cause)}`;
  return new AuditError('SPOOL_UNAVAILABLE', message, { cause });
}
