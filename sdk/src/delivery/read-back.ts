import { setImmediate as nextTurn } from 'node:timers/promises';
import { oneLine, type OperatorLog } from '../log.ts';
import type { AuditMetrics } from '../metrics.ts';
import { SentChunk } from './sent-chunk.ts';
import type { FileSpool } from '../spool/file-spool.ts';
import type { SpoolBatch, SpoolMark } from '../spool/spool.ts';
import { stampOfLine, type Stamp } from './stamp.ts';
import type { StoredQuestion, StoredReader } from './stored-reader.ts';

export interface ReadBackOptions {
  reader: StoredReader;
  /** For people: where is asked. */
  endpoint: string;
  /** Milliseconds after an entry was sent until it is first asked for. */
  afterMs: number;
  /** Milliseconds after an entry was sent until it is asked for the last time, and forgotten. */
  keepMs: number;
  log: OperatorLog;
  metrics?: Pick<AuditMetrics, 'unproven'> | undefined;
}

/** Entries that have to be sent again. */
export interface MissingLines {
  lines: string[];
  /** All were accepted or laid aside. */
  done(): Promise<void>;
  /** The line at this position was laid aside. */
  laidAside(index: number): void;
  /** They could not be sent: they are asked for again, later. */
  failed(reason: string): void;
}

type Spool = Pick<
  FileSpool,
  | 'read'
  | 'sent'
  | 'resent'
  | 'commit'
  | 'kept'
  | 'keptBytes'
  | 'keptFrom'
  | 'keepableBytes'
  | 'sentBeforeMs'
  | 'makeRoom'
>;

const PROBE_AFTER_MS = 100;
const MAX_MERGE_MS = 1_000;
const READ_BYTES = 4_000_000;
// Of one round of questions: the numbers that Loki holds are in memory until they were compared.
const ROUND_LINES = 100_000;
const MAX_WAIT_MS = 5 * 60_000;
const REPEAT_LOG_MS = 10 * 60_000;

/**
 * Keeps what was sent in the spool until Loki is seen to hold it: once soon after it was sent, so that what was silently
 * refused is sent again, and once more when Loki has it safely on disk.
 */
export class ReadBack {
  readonly #options: ReadBackOptions;
  readonly #spool: Spool;
  /** Tells the sender that something is to be sent again. */
  readonly #wake: () => void;
  #chunks: SentChunk[] = [];
  #missing: { chunk: SentChunk; numbers: Map<string, Set<number>> }[] = [];
  // Whether the endpoint answers such questions: unknown until the first answer.
  #available: boolean | undefined;
  #newest: StoredQuestion | undefined;
  #probedAt = 0;
  #failures = 0;
  #loggedAt = 0;
  #missingLogs = 0;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #stopped = false;

  constructor(spool: Spool, options: ReadBackOptions, wake: () => void) {
    this.#options = options;
    this.#spool = spool;
    this.#wake = wake;
    spool.makeRoom = (bytes, must) => this.#makeRoom(bytes, must);
    this.#schedule();
  }

  /** Entries that were accepted and not seen since. */
  get unseen(): number {
    return this.#chunks.reduce((sum, { seen, count }) => (seen ? sum : sum + count), 0);
  }

  get hasMissing(): boolean {
    return this.#missing.length > 0;
  }

  /** Takes up what an earlier process sent. */
  async restore(): Promise<void> {
    const { sentBeforeMs } = this.#spool;
    const chunks: SentChunk[] = [];
    for (let from = this.#spool.keptFrom; this.#spool.kept > 0 && !this.#stopped;) {
      const batch = await this.#spool.read(READ_BYTES, from);
      if (batch.end.segment === from.segment && batch.end.offset === from.offset) break;
      from = batch.end;
      const chunk = new SentChunk(batch.start, sentBeforeMs, sentBeforeMs + this.#options.afterMs);
      chunk.add(batch, batch.lines.map(stampOfLine), sentBeforeMs);
      chunk.closed = true;
      chunks.push(chunk);
      await nextTurn();
    }
    this.#chunks = chunks;
  }

  /** A batch was accepted (or parts of it laid aside, which have no stamp). */
  async sent(batch: SpoolBatch, stamps: readonly (Stamp | undefined)[]): Promise<void> {
    const now = Date.now();
    const { afterMs } = this.#options;
    let chunk = this.#chunks.at(-1);
    if (this.#available === false || !chunk?.takes(batch.start, now, Math.min(MAX_MERGE_MS, afterMs / 10))) {
      chunk = new SentChunk(batch.start, now, now + afterMs);
      if (this.#available !== false) this.#chunks.push(chunk);
    }
    chunk.add(batch, stamps, now);
    const stamp = stamps.findLast((some) => some !== undefined);
    if (stamp) this.#newest = { stream: stamp.stream, start: stamp.ns, end: stamp.ns + 1n };
    if (this.#available === undefined && this.#probedAt === 0) {
      // The first answer shows whether the endpoint can be asked at all: at once, so that the operator hears of it.
      this.#probedAt = now;
      this.#schedule(Math.min(PROBE_AFTER_MS, afterMs));
    }
    if (this.#available !== false) return await this.#spool.sent(batch);
    this.#options.metrics?.unproven(batch.count);
    await this.#spool.commit(batch);
  }

  /** What is to be sent again, of one chunk; `undefined` where there is nothing. */
  async takeMissing(): Promise<MissingLines | undefined> {
    const next = this.#missing.shift();
    if (!next) return undefined;
    const { chunk, numbers } = next;
    const { afterMs } = this.#options;
    const wait = Math.min(afterMs * 2 ** Math.min(chunk.resent, 10), Math.max(afterMs, MAX_WAIT_MS));
    // What fails on the way is asked for again.
    chunk.nextMs = Date.now() + wait;
    const found = await this.#find(chunk, numbers);
    return {
      lines: found.map(({ line }) => line),
      laidAside: (index) => {
        const stamp = found[index]?.stamp;
        if (stamp) chunk.forget(stamp);
      },
      done: async () => {
        chunk.sentAgain(Date.now(), wait);
        await this.#spool.resent();
      },
      failed: (reason) => {
        chunk.resent += 1;
        if (this.#isLoud(++this.#missingLogs))
          this.#options.log.warn(`entries that Loki does not hold cannot be sent again: ${oneLine(reason)}`);
      },
    };
  }

  async #find(chunk: SentChunk, numbers: Map<string, Set<number>>): Promise<{ line: string; stamp: Stamp }[]> {
    const found: { line: string; stamp: Stamp }[] = [];
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
    // The spool was damaged since.
    let lost = 0;
    for (const [stream, left] of numbers) {
      for (const seq of left) chunk.forget({ stream, seq });
      lost += left.size;
    }
    if (lost > 0) this.#options.log.error(`${lost} entries are not in Loki, and no more in the spool: it was damaged`);
    return found;
  }

  /**
   * Asks now for everything that is kept, whenever it was sent.
   *
   * @returns whether nothing is missing
   */
  async askNow(): Promise<boolean> {
    await this.#round;
    if (this.#stopped || this.#available === false) return true;
    await this.#start(() => this.#ask(this.#chunks));
    return this.unseen === 0;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #start(work: () => Promise<void>): Promise<void> {
    this.#round = work()
      .catch((error: unknown) => this.#failed(error instanceof Error ? error.message : String(error)))
      .finally(() => (this.#round = undefined));
    return this.#round;
  }

  #schedule(ms = this.#options.afterMs / 2): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(
      () => {
        if (this.#round) this.#schedule();
        else void this.#start(() => this.#tick()).finally(() => this.#schedule());
      },
      ms * (0.9 + Math.random() * 0.2),
    );
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    const { keepMs } = this.#options;
    const now = Date.now();
    if (this.#available === false) return await this.#probe();
    if (this.#available === undefined) {
      await this.#probe();
      if (this.#available !== true) return;
    }
    await this.#ask(this.#chunks.filter(({ seen, nextMs }) => !seen && nextMs <= now));
    // Seldom, and then for all that have come to it.
    const due = this.#chunks.filter((chunk) => chunk.seen && !chunk.isProven(keepMs) && now - chunk.sentMs >= keepMs);
    if (due[0] && now - due[0].sentMs >= keepMs * 1.1) await this.#ask(due);
    const over = this.#spool.keptBytes - (await this.#spool.keepableBytes());
    if (over > 0) await this.#makeRoom(over, false);
  }

  async #probe(): Promise<void> {
    if (!this.#newest && this.#chunks[0]) {
      const questions = new Map<string, StoredQuestion>();
      this.#chunks[0].ask(questions);
      [this.#newest] = questions.values();
    }
    if (!this.#newest) return;
    const now = Date.now();
    if (this.#available === false && now - this.#probedAt < MAX_WAIT_MS) return;
    this.#probedAt = now;
    const answer = await this.#options.reader.ask(this.#newest);
    if (answer.outcome === 'answered') this.#answered();
    else if (answer.outcome === 'failed') this.#failed(answer.reason);
    else await this.#unavailable(answer.reason);
  }

  async #ask(chunks: readonly SentChunk[]): Promise<void> {
    for (let at = 0; at < chunks.length && !this.#stopped;) {
      const part: SentChunk[] = [];
      for (let lines = 0; at < chunks.length && lines < ROUND_LINES; at++) {
        const chunk = chunks[at];
        if (!chunk) break;
        chunk.closed = true;
        part.push(chunk);
        lines += chunk.count;
      }
      if (!(await this.#askFor(part))) return;
    }
  }

  async #askFor(chunks: readonly SentChunk[]): Promise<boolean> {
    const askedMs = Date.now();
    const questions = new Map<string, StoredQuestion>();
    for (const chunk of chunks) chunk.ask(questions);
    const stored = new Map<string, Set<number>>();
    for (const question of questions.values()) {
      if (this.#stopped) return false;
      const answer = await this.#options.reader.ask(question);
      if (answer.outcome !== 'answered') {
        // Once it could be asked, a gateway that refuses is a fault, and no other kind of endpoint.
        if (answer.outcome === 'failed' || this.#available === true) this.#failed(answer.reason);
        else await this.#unavailable(answer.reason);
        return false;
      }
      const numbers = stored.get(question.stream) ?? new Set();
      stored.set(question.stream, numbers);
      for (const number of answer.numbers) numbers.add(number);
    }
    this.#answered();
    await this.#compare(chunks, stored, askedMs);
    return true;
  }

  async #compare(
    chunks: readonly SentChunk[],
    stored: ReadonlyMap<string, ReadonlySet<number>>,
    askedMs: number,
  ): Promise<void> {
    const { afterMs, keepMs, log } = this.#options;
    let count = 0;
    for (const chunk of chunks) {
      if (chunk.released || this.#missing.some((other) => other.chunk === chunk)) continue;
      const numbers = chunk.missing(stored);
      if (numbers.size === 0) {
        chunk.seenMs = askedMs;
        continue;
      }
      chunk.seenMs = undefined;
      // Loki may not show yet what it has just taken.
      if (askedMs - chunk.sentMs < afterMs / 2) continue;
      for (const { size } of numbers.values()) count += size;
      // Not again before it was sent.
      chunk.nextMs = Infinity;
      this.#missing.push({ chunk, numbers });
    }
    if (count > 0) {
      if (this.#isLoud(++this.#missingLogs))
        log.warn(`NOT_STORED: ${count} entries that were accepted are not in Loki; they are sent again`);
      this.#wake();
    } else if (this.#missingLogs > 0 && this.unseen === 0) {
      log.warn('all entries that were missing are in Loki now');
      this.#missingLogs = 0;
    }
    const done = this.#chunks.findIndex((chunk) => !chunk.isProven(keepMs));
    await this.#release(done === -1 ? this.#chunks.length : done);
  }

  /** Commits the first chunks. */
  async #release(count: number): Promise<void> {
    const marks = new Map<number, SpoolMark>();
    for (const chunk of this.#chunks.splice(0, count)) {
      chunk.released = true;
      const { segment } = chunk.end;
      marks.set(segment, { end: chunk.end, count: (marks.get(segment)?.count ?? 0) + chunk.count });
    }
    for (const mark of marks.values()) await this.#spool.commit(mark);
  }

  /** What was seen goes first; what never was only where an entry could not be recorded otherwise. */
  async #makeRoom(bytes: number, must: boolean): Promise<void> {
    let [count, room, unseen] = [0, 0, 0];
    for (const chunk of this.#chunks) {
      if (room >= bytes || (!chunk.seen && !must)) break;
      count += 1;
      room += chunk.bytes;
      if (!chunk.seen) unseen += chunk.count;
    }
    if (unseen > 0) {
      this.#options.metrics?.unproven(unseen);
      this.#options.log.error(
        `NOT_READ_BACK: ${unseen} entries that Loki has accepted leave the spool before they were seen in Loki, ` +
          'because the spool or its disk is full',
      );
    }
    await this.#release(count);
  }

  #answered(): void {
    if (this.#available === false) this.#options.log.warn('entries are read back from Loki again');
    else if (this.#failures > 0)
      this.#options.log.warn(`reading back works again after ${this.#failures} failed tries`);
    this.#available = true;
    this.#failures = 0;
  }

  #failed(reason: string): void {
    if (this.#stopped) return;
    if (!this.#isLoud(++this.#failures)) return;
    const { endpoint, log } = this.#options;
    log.warn(
      `READ_BACK_FAILED: whether Loki holds ${this.#spool.kept} entries cannot be read from ${endpoint} ` +
        `(try ${this.#failures}); they are kept in the spool: ${oneLine(reason)}`,
    );
  }

  async #unavailable(reason: string): Promise<void> {
    if (this.#stopped) return;
    const { endpoint, log, metrics } = this.#options;
    if (this.#available !== false) {
      log.warn(
        `READ_BACK_UNAVAILABLE: ${endpoint} does not say which entries Loki holds (${oneLine(reason)}): an entry leaves the ` +
          `spool as soon as it is accepted. Send to Auditrail's gateway, set readBack.endpoint, or set readBack: false`,
      );
    }
    this.#available = false;
    metrics?.unproven(this.#chunks.reduce((sum, { count }) => sum + count, 0));
    await this.#release(this.#chunks.length);
  }

  // Loud at first, then every ten minutes.
  #isLoud(times: number): boolean {
    const now = Date.now();
    if (times > 1 && !Number.isInteger(Math.log2(times)) && now - this.#loggedAt < REPEAT_LOG_MS) return false;
    this.#loggedAt = now;
    return true;
  }
}
