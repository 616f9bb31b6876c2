import { oneLine, type OperatorLog } from '../log.ts';
import type { FileSpool } from '../spool/file-spool.ts';
import { noteNotStored } from '../spool/not-stored.ts';
import { READ_BYTES } from './kept-chunks.ts';
import { RepeatedMessage } from './repeated-message.ts';
import type { SentChunk } from './sent-chunk.ts';
import { stampOfLine, type Stamp } from './stamp.ts';

/** Entries that have to be sent again. */
export interface MissingLines {
  lines: string[];
  /** All were accepted or became dead letters. */
  done(): Promise<void>;
  /** The line at this position became a dead letter. */
  refused(index: number): void;
  /** They could not be sent: Loki is asked for them again, later. */
  failed(reason: string): void;
}

/** Numbers of a chunk's entries, by chain. */
type MissingNumbers = Map<string, Set<number>>;

interface FoundLine {
  line: string;
  stamp: Stamp;
}

const MAX_WAIT_MS = 5 * 60_000;

/** Entries that Loki accepted and does not hold, until the sender takes them to send them again. */
export class MissingEntries {
  readonly #spool: Pick<FileSpool, 'folder' | 'read' | 'resent'>;
  readonly #afterMs: number;
  readonly #log: OperatorLog;
  readonly #queue: { chunk: SentChunk; numbers: MissingNumbers }[] = [];
  readonly #repeats = new RepeatedMessage();
  #reports = 0;
  // An earlier process may have left a note.
  #noted = true;

  constructor(spool: Pick<FileSpool, 'folder' | 'read' | 'resent'>, afterMs: number, log: OperatorLog) {
    this.#spool = spool;
    this.#afterMs = afterMs;
    this.#log = log;
  }

  get any(): boolean {
    return this.#queue.length > 0;
  }

  has(chunk: SentChunk): boolean {
    return this.#queue.some((other) => other.chunk === chunk);
  }

  add(chunk: SentChunk, numbers: MissingNumbers): void {
    // Not asked for again before it was sent.
    chunk.nextMs = Infinity;
    this.#queue.push({ chunk, numbers });
  }

  reportMissing(count: number): void {
    this.#note(count);
    if (this.#repeats.isDue(++this.#reports))
      this.#log.warn(`NOT_STORED: ${count} entries that were accepted are not in Loki; they are sent again`);
  }

  /** Nothing is missing now. */
  reportFound(): void {
    if (this.#noted) this.#note(0);
    if (this.#reports > 0) this.#log.warn('all entries that were missing are in Loki now');
    this.#reports = 0;
  }

  #note(count: number): void {
    try {
      noteNotStored(this.#spool.folder, count);
      this.#noted = count > 0;
    } catch (error) {
      this.#log.warn(`doctor cannot see that entries are missing: ${oneLine(String(error))}`);
    }
  }

  /** What is to be sent again of one chunk; `undefined` if there is nothing. */
  async take(): Promise<MissingLines | undefined> {
    const next = this.#queue.shift();
    if (!next) return undefined;
    const { chunk, numbers } = next;
    const wait = Math.min(this.#afterMs * 2 ** Math.min(chunk.resent, 10), Math.max(this.#afterMs, MAX_WAIT_MS));
    // If sending fails in between, Loki is asked for them again.
    chunk.nextMs = Date.now() + wait;
    const found = await this.#find(chunk, numbers);
    return {
      lines: found.map(({ line }) => line),
      refused: (index) => {
        const stamp = found[index]?.stamp;
        if (stamp) chunk.forget(stamp);
      },
      done: async () => {
        chunk.sentAgain(Date.now(), wait);
        await this.#spool.resent();
      },
      failed: (reason) => {
        chunk.resent += 1;
        if (this.#repeats.isDue(++this.#reports))
          this.#log.warn(`entries that Loki does not hold cannot be sent again: ${oneLine(reason)}`);
      },
    };
  }

  async #find(chunk: SentChunk, numbers: MissingNumbers): Promise<FoundLine[]> {
    const found: FoundLine[] = [];
    for (let from = chunk.start; !chunk.released;) {
      const { lines, end } = await this.#spool.read(READ_BYTES, from);
      for (const line of lines) {
        const stamp = stampOfLine(line);
        if (stamp && numbers.get(stamp.stream)?.delete(stamp.seq)) found.push({ line, stamp });
      }
      const same = end.segment === from.segment && end.offset === from.offset;
      from = end;
      if (same || end.segment > chunk.end.segment || end.offset >= chunk.end.offset) break;
    }
    if (chunk.released) return [];
    this.#forgetLost(chunk, numbers);
    return found;
  }

  // Entries that are not in the spool any more: it was damaged since.
  #forgetLost(chunk: SentChunk, numbers: MissingNumbers): void {
    let lost = 0;
    for (const [stream, left] of numbers) {
      for (const seq of left) chunk.forget({ stream, seq });
      lost += left.size;
    }
    if (lost > 0) this.#log.error(`${lost} entries are not in Loki, and no longer in the spool: it was damaged`);
  }
}
