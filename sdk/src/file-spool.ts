import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { open, rename, rm, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditError } from '@auditrail/core';
import { decodeFrames, encodeFrame } from './spool-frame.ts';
import { lockSpool } from './spool-lock.ts';
import type { Spool, SpoolBatch, SpoolPosition } from './spool.ts';

export interface FileSpoolOptions {
  /** Folder for this process alone; made with mode 0700 where it is missing. */
  folder: string;
  /** A segment that has grown to this size is closed, and deleted once it is delivered. Default 16 MiB. */
  segmentBytes?: number;
  /** Undelivered bytes at which `append` refuses with `SPOOL_FULL`. Default 1 GiB. */
  maxBytes?: number;
}

const CURSOR = 'cursor.json';
const segmentFile = (segment: number) => `${String(segment).padStart(10, '0')}.spool`;

interface Segment {
  id: number;
  /** Length of the part that is safely on disk. */
  bytes: number;
}

/** A spool of append-only files. A crash may leave a torn frame at the end; it was never acknowledged and is cut off. */
export class FileSpool implements Spool {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #maxBytes: number;
  readonly #unlock: () => void;
  #segments: Segment[] = [];
  #cursor: SpoolPosition = { segment: 1, offset: 0 };
  #file: FileHandle | undefined;
  #pending = 0;
  #lastLine: string | undefined;

  private constructor({ folder, segmentBytes = 16 * 2 ** 20, maxBytes = 2 ** 30 }: FileSpoolOptions) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
    this.#maxBytes = maxBytes;
    this.#unlock = lockSpool(folder);
  }

  /**
   * Opens the folder and recovers what an earlier process left in it.
   *
   * @throws AuditError `SPOOL_LOCKED`, `SPOOL_UNAVAILABLE`
   */
  static open(options: FileSpoolOptions): FileSpool {
    const spool = new FileSpool(options);
    try {
      spool.#recover();
      return spool;
    } catch (cause) {
      spool.#unlock();
      throw unavailable(options.folder, cause);
    }
  }

  get pending(): number {
    return this.#pending;
  }

  get lastLine(): string | undefined {
    return this.#lastLine;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #recover(): void {
    const ids = readdirSync(this.#folder)
      .flatMap((name) => /^(\d{10})\.spool$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    this.#cursor = this.#readCursor() ?? { segment: ids[0] ?? 1, offset: 0 };
    for (const id of ids) {
      const path = this.#path(segmentFile(id));
      const bytes = readFileSync(path);
      const { frames, end } = decodeFrames(bytes);
      if (end < bytes.length) {
        // Never acknowledged, if a crash tore it; kept aside all the same, in case it is a damaged disk.
        writeFileSync(`${path}.torn`, bytes.subarray(end), { mode: 0o600 });
        truncateSync(path, end);
      }
      const { segment, offset } = this.#cursor;
      this.#segments.push({ id, bytes: end });
      this.#pending += frames.filter((frame) => id > segment || (id === segment && frame.end > offset)).length;
      this.#lastLine = frames.at(-1)?.payload ?? this.#lastLine;
    }
  }

  #readCursor(): SpoolPosition | undefined {
    let text: string;
    try {
      text = readFileSync(this.#path(CURSOR), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const { segment, offset } = JSON.parse(text) as Partial<SpoolPosition>;
    if (!Number.isInteger(segment) || !Number.isInteger(offset)) throw new Error(`${CURSOR} is damaged`);
    return { segment: segment as number, offset: offset as number };
  }

  async append(lines: readonly string[]): Promise<void> {
    const frames = lines.map(encodeFrame);
    const size = frames.reduce((sum, frame) => sum + frame.length, 0);
    if (this.#undelivered() + size > this.#maxBytes) {
      throw new AuditError(
        'SPOOL_FULL',
        `${this.#pending} entries wait undelivered in ${this.#folder} and fill its ${this.#maxBytes} bytes: ` +
          'see that the collector can be reached, or allow more with spoolMaxBytes',
      );
    }
    try {
      const segment = await this.#openSegment();
      await this.#write(segment, frames, size);
    } catch (cause) {
      throw unavailable(this.#folder, cause);
    }
    this.#pending += lines.length;
    this.#lastLine = lines.at(-1) ?? this.#lastLine;
  }

  #undelivered(): number {
    const { segment, offset } = this.#cursor;
    return this.#segments.reduce((sum, { id, bytes }) => sum + bytes - (id === segment ? offset : 0), 0);
  }

  async #openSegment(): Promise<Segment> {
    const current = this.#segments.at(-1);
    if (this.#file && current && current.bytes < this.#segmentBytes) return current;
    await this.#file?.close();
    this.#file = undefined;
    if (current && current.bytes < this.#segmentBytes) {
      // After a restart or a failed write: what is behind the last safe frame goes.
      const path = this.#path(segmentFile(current.id));
      await truncate(path, current.bytes);
      this.#file = await open(path, 'a');
      return current;
    }
    const segment: Segment = { id: (current?.id ?? this.#cursor.segment - 1) + 1, bytes: 0 };
    this.#file = await open(this.#path(segmentFile(segment.id)), 'a', 0o600);
    await this.#syncFolder();
    this.#segments.push(segment);
    return segment;
  }

  async #write(segment: Segment, frames: Buffer[], size: number): Promise<void> {
    const file = this.#file;
    if (!file) throw new Error('no open segment');
    try {
      const { bytesWritten } = await file.writev(frames);
      if (bytesWritten !== size) throw new Error(`only ${bytesWritten} of ${size} bytes were written`);
      await file.datasync();
      segment.bytes += size;
    } catch (error) {
      // The next append opens the file anew and cuts what this one may have left.
      this.#file = undefined;
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  // A new file's name is safe only once its folder is.
  async #syncFolder(): Promise<void> {
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async read(maxBytes: number): Promise<SpoolBatch> {
    const { segment: at, offset } = this.#cursor;
    const segment = this.#segments.find(({ id, bytes }) => id > at || (id === at && bytes > offset));
    if (!segment) return { lines: [], end: this.#cursor };
    const from = segment.id === at ? offset : 0;
    let { frames } = decodeFrames(await this.#bytes(segment, from, maxBytes));
    // One entry larger than the whole batch.
    if (frames.length === 0) frames = decodeFrames(await this.#bytes(segment, from, segment.bytes)).frames.slice(0, 1);
    const last = frames.at(-1);
    if (!last) throw unavailable(this.#folder, new Error(`${segmentFile(segment.id)} is damaged at byte ${from}`));
    return {
      lines: frames.map(({ payload }) => payload),
      end: { segment: segment.id, offset: from + last.end },
    };
  }

  async #bytes(segment: Segment, from: number, length: number): Promise<Buffer> {
    const file = await open(this.#path(segmentFile(segment.id)), 'r');
    try {
      const bytes = Buffer.allocUnsafe(Math.min(length, segment.bytes - from));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  async commit({ lines, end }: SpoolBatch): Promise<void> {
    const temporary = this.#path(`${CURSOR}.new`);
    // Not synced: a cursor that is lost in a crash only means that entries are sent twice, under the same id.
    await writeFile(temporary, JSON.stringify(end), { mode: 0o600 });
    await rename(temporary, this.#path(CURSOR));
    this.#pending -= lines.length;
    this.#cursor = end;
    // The last segment stays, delivered or not: it tells a restarted emitter where it was.
    const done = this.#segments
      .slice(0, -1)
      .filter(({ id, bytes }) => id < end.segment || (id === end.segment && bytes <= end.offset));
    for (const { id } of done) await rm(this.#path(segmentFile(id)), { force: true });
    this.#segments = this.#segments.filter((segment) => !done.includes(segment));
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    this.#unlock();
  }
}

function unavailable(folder: string, cause: unknown): AuditError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AuditError('SPOOL_UNAVAILABLE', `the spool ${folder} cannot be used: ${reason}`, { cause });
}
