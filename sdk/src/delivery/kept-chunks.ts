import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileSpool } from '../spool/file-spool.ts';
import type { SpoolBatch, SpoolMark } from '../spool/spool.ts';
import { SentChunk } from './sent-chunk.ts';
import { stampOfLine, type Stamp } from './stamp.ts';

export type KeepingSpool = Pick<FileSpool, 'read' | 'commit' | 'kept' | 'keptFrom' | 'sentBeforeMs'>;

export interface KeepTimes {
  /** Milliseconds after an entry was sent until it is first asked for. */
  afterMs: number;
  /** Milliseconds after an entry was sent until it is asked for the last time, and forgotten. */
  keepMs: number;
}

const MAX_MERGE_MS = 1_000;
export const READ_BYTES = 4_000_000;

/** The entries of a spool that were sent and are not committed, oldest first, in chunks that were sent at about the same time. */
export class KeptChunks {
  readonly #spool: KeepingSpool;
  readonly #times: KeepTimes;
  #chunks: SentChunk[] = [];

  constructor(spool: KeepingSpool, times: KeepTimes) {
    this.#spool = spool;
    this.#times = times;
  }

  get all(): readonly SentChunk[] {
    return this.#chunks;
  }

  get entries(): number {
    return this.#chunks.reduce((sum, { count }) => sum + count, 0);
  }

  /** Entries that were not seen in Loki since they were sent. */
  get unseen(): number {
    return this.#chunks.reduce((sum, { seen, count }) => (seen ? sum : sum + count), 0);
  }

  /** Chunks that were not seen, and are to be asked for now. */
  unseenAt(nowMs: number): SentChunk[] {
    return this.#chunks.filter(({ seen, nextMs }) => !seen && nextMs <= nowMs);
  }

  /** Chunks that were seen, and have been kept long enough to be asked for the last time. */
  unprovenAt(nowMs: number): SentChunk[] {
    const { keepMs } = this.#times;
    return this.#chunks.filter((chunk) => chunk.seen && !chunk.isProven(keepMs) && nowMs - chunk.sentMs >= keepMs);
  }

  /** Adds a batch that was accepted (lines that became dead letters have no stamp). */
  add(batch: SpoolBatch, stamps: readonly (Stamp | undefined)[], nowMs: number): void {
    const { afterMs } = this.#times;
    let chunk = this.#chunks.at(-1);
    if (!chunk?.takes(batch.start, nowMs, Math.min(MAX_MERGE_MS, afterMs / 10))) {
      chunk = new SentChunk(batch.start, nowMs, nowMs + afterMs);
      this.#chunks.push(chunk);
    }
    chunk.add(batch, stamps, nowMs);
  }

  /** Reads what an earlier process sent. */
  async restore(isStopped: () => boolean): Promise<void> {
    const { sentBeforeMs } = this.#spool;
    const chunks: SentChunk[] = [];
    for (let from = this.#spool.keptFrom; this.#spool.kept > 0 && !isStopped();) {
      const batch = await this.#spool.read(READ_BYTES, from);
      if (batch.end.segment === from.segment && batch.end.offset === from.offset) break;
      from = batch.end;
      const chunk = new SentChunk(batch.start, sentBeforeMs, sentBeforeMs + this.#times.afterMs);
      chunk.add(batch, batch.lines.map(stampOfLine), sentBeforeMs);
      chunk.closed = true;
      chunks.push(chunk);
      await nextTurn();
    }
    this.#chunks = chunks;
  }

  /**
   * How many of the oldest chunks free so many bytes, and how many of their entries were not seen.
   *
   * @param must also counts chunks that were not seen
   */
  oldestWith(bytes: number, must: boolean): { count: number; unseen: number } {
    let [count, room, unseen] = [0, 0, 0];
    for (const chunk of this.#chunks) {
      if (room >= bytes || (!chunk.seen && !must)) break;
      count += 1;
      room += chunk.bytes;
      if (!chunk.seen) unseen += chunk.count;
    }
    return { count, unseen };
  }

  /** Commits the oldest chunks that are proven to be in Loki. */
  async releaseProven(): Promise<void> {
    const unproven = this.#chunks.findIndex((chunk) => !chunk.isProven(this.#times.keepMs));
    await this.release(unproven === -1 ? this.#chunks.length : unproven);
  }

  /** Commits the oldest chunks: by default all. */
  async release(count = this.#chunks.length): Promise<void> {
    const marks = new Map<number, SpoolMark>();
    for (const chunk of this.#chunks.splice(0, count)) {
      chunk.released = true;
      const { segment } = chunk.end;
      marks.set(segment, { end: chunk.end, count: (marks.get(segment)?.count ?? 0) + chunk.count });
    }
    for (const mark of marks.values()) await this.#spool.commit(mark);
  }
}
