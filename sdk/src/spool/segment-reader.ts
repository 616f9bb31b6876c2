import type { OperatorLog } from '../log.ts';
import { isErrno } from './errno.ts';
import { payloadOf, scanFrames } from './frame.ts';
import type { SpoolLock } from './lock.ts';
import { readPart, setAside, type Segment } from './segments.ts';
import type { SpoolBatch } from './spool.ts';

/** Reads batches from segments; sets damaged bytes aside and counts them. */
export class SegmentReader {
  readonly #lock: SpoolLock;
  readonly #log: OperatorLog;
  /** Damaged stretches and lost segments that were found. */
  damaged: number;

  constructor(lock: SpoolLock, log: OperatorLog, damaged: number) {
    this.#lock = lock;
    this.#log = log;
    this.damaged = damaged;
  }

  /**
   * The intact entries from one offset of a segment to another, about `maxBytes` of them but at least one; `undefined` if there
   * are none.
   *
   * @throws Error of the system, or of the lock
   */
  async read(segment: Segment, from: number, to: number, maxBytes: number): Promise<SpoolBatch | undefined> {
    return (
      (await this.#readPart(segment, from, Math.min(to, from + maxBytes), maxBytes)) ??
      // The first entry may be longer than that part.
      (await this.#readPart(segment, from, to, maxBytes))
    );
  }

  async #readPart(segment: Segment, from: number, to: number, maxBytes: number): Promise<SpoolBatch | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readPart(segment.path, from, to - from);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
      // Only this file, or the whole folder? A folder may come back.
      this.#lock.check();
      return undefined;
    }
    const { frames, damaged, end } = scanFrames(bytes, to === segment.bytes);
    for (const stretch of damaged) this.damaged += setAside(segment.path, bytes, stretch, this.#log, from);
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
}
