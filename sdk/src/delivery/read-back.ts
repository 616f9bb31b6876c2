import { oneLine, type OperatorLog } from '../log.ts';
import type { AuditMetrics } from '../metrics.ts';
import type { FileSpool } from '../spool/file-spool.ts';
import type { SpoolBatch } from '../spool/spool.ts';
import { KeptChunks, type KeepingSpool, type KeepTimes } from './kept-chunks.ts';
import { MissingEntries, type MissingLines } from './missing-entries.ts';
import { RepeatedMessage } from './repeated-message.ts';
import type { SentChunk } from './sent-chunk.ts';
import type { Stamp } from './stamp.ts';
import type { StoredQuestion, StoredReader } from './stored-reader.ts';

export interface ReadBackOptions extends KeepTimes {
  reader: StoredReader;
  /** The address that is asked, for log messages. */
  endpoint: string;
  log: OperatorLog;
  metrics?: Pick<AuditMetrics, 'unproven'> | undefined;
}

type Spool = KeepingSpool & Pick<FileSpool, 'folder' | 'sent' | 'resent' | 'keptBytes' | 'keepableBytes' | 'makeRoom'>;

const PROBE_AFTER_MS = 100;
// Of one round of questions: the numbers that Loki holds are in memory until they are compared.
const ROUND_LINES = 100_000;
const PROBE_EVERY_MS = 5 * 60_000;

/**
 * Keeps sent entries in the spool until Loki is seen to hold them: asks once soon after they were sent, so that entries that
 * Loki silently refused are sent again, and once more when Loki has them safely on disk.
 */
export class ReadBack {
  readonly #options: ReadBackOptions;
  readonly #spool: Spool;
  /** Wakes the sender: entries are to be sent again. */
  readonly #wake: () => void;
  readonly #chunks: KeptChunks;
  readonly #missing: MissingEntries;
  readonly #failureLog = new RepeatedMessage();
  // Whether the endpoint answers such questions: unknown until the first answer.
  #available: boolean | undefined;
  #newest: StoredQuestion | undefined;
  #probedAt = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #stopped = false;

  constructor(spool: Spool, options: ReadBackOptions, wake: () => void) {
    this.#options = options;
    this.#spool = spool;
    this.#wake = wake;
    this.#chunks = new KeptChunks(spool, options);
    this.#missing = new MissingEntries(spool, options.afterMs, options.log);
    spool.makeRoom = (bytes, must) => this.#makeRoom(bytes, must);
    this.#schedule();
  }

  /** Entries that were accepted and not seen since. */
  get unseen(): number {
    return this.#chunks.unseen;
  }

  get hasMissing(): boolean {
    return this.#missing.any;
  }

  /** Takes over what an earlier process sent. */
  async restore(): Promise<void> {
    await this.#chunks.restore(() => this.#stopped);
  }

  /** A batch was accepted (lines that became dead letters have no stamp). */
  async sent(batch: SpoolBatch, stamps: readonly (Stamp | undefined)[]): Promise<void> {
    const now = Date.now();
    if (this.#available !== false) this.#chunks.add(batch, stamps, now);
    const stamp = stamps.findLast((some) => some !== undefined);
    if (stamp) this.#newest = { stream: stamp.stream, start: stamp.ns, end: stamp.ns + 1n };
    if (this.#available === undefined && this.#probedAt === 0) {
      // The first answer shows whether the endpoint can be asked: at once, so that the operator learns it.
      this.#probedAt = now;
      this.#schedule(Math.min(PROBE_AFTER_MS, this.#options.afterMs));
    }
    if (this.#available !== false) return await this.#spool.sent(batch);
    this.#options.metrics?.unproven(batch.count);
    await this.#spool.commit(batch);
  }

  /** What is to be sent again of one chunk; `undefined` if there is nothing. */
  takeMissing(): Promise<MissingLines | undefined> {
    return this.#missing.take();
  }

  /**
   * Asks now for everything that is kept, regardless of when it was sent.
   *
   * @returns whether nothing is missing
   */
  async askNow(): Promise<boolean> {
    await this.#round;
    if (this.#stopped || this.#available === false) return true;
    await this.#start(() => this.#ask(this.#chunks.all));
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
    await this.#ask(this.#chunks.unseenAt(now));
    // Rarely, and then for all chunks that are due.
    const due = this.#chunks.unprovenAt(now);
    if (due[0] && now - due[0].sentMs >= keepMs * 1.1) await this.#ask(due);
    const over = this.#spool.keptBytes - (await this.#spool.keepableBytes());
    if (over > 0) await this.#makeRoom(over, false);
  }

  async #probe(): Promise<void> {
    const [oldest] = this.#chunks.all;
    if (!this.#newest && oldest) {
      const questions = new Map<string, StoredQuestion>();
      oldest.ask(questions);
      [this.#newest] = questions.values();
    }
    if (!this.#newest) return;
    const now = Date.now();
    if (this.#available === false && now - this.#probedAt < PROBE_EVERY_MS) return;
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
        // A gateway that answered before and now refuses is a fault, not another kind of endpoint.
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
    let count = 0;
    for (const chunk of chunks) {
      if (chunk.released || this.#missing.has(chunk)) continue;
      const numbers = chunk.missing(stored);
      if (numbers.size === 0) {
        chunk.seenMs = askedMs;
        continue;
      }
      chunk.seenMs = undefined;
      // Loki may not show yet what it has just accepted.
      if (askedMs - chunk.sentMs < this.#options.afterMs / 2) continue;
      for (const { size } of numbers.values()) count += size;
      this.#missing.add(chunk, numbers);
    }
    if (count > 0) {
      this.#missing.reportMissing(count);
      this.#wake();
    } else if (this.unseen === 0) this.#missing.reportFound();
    await this.#chunks.releaseProven();
  }

  /** Entries that were seen go first; entries that never were only if an entry could not be recorded otherwise. */
  async #makeRoom(bytes: number, must: boolean): Promise<void> {
    const { count, unseen } = this.#chunks.oldestWith(bytes, must);
    if (unseen > 0) {
      this.#options.metrics?.unproven(unseen);
      this.#options.log.error(
        `NOT_READ_BACK: ${unseen} entries that Loki has accepted leave the spool before they were seen in Loki, ` +
          'because the spool or its disk is full',
      );
    }
    await this.#chunks.release(count);
  }

  #answered(): void {
    if (this.#available === false) this.#options.log.warn('entries are read back from Loki again');
    else if (this.#failures > 0)
      this.#options.log.warn(`reading back works again after ${this.#failures} failed attempts`);
    this.#available = true;
    this.#failures = 0;
  }

  #failed(reason: string): void {
    if (this.#stopped || !this.#failureLog.isDue(++this.#failures)) return;
    const { endpoint, log } = this.#options;
    log.warn(
      `READ_BACK_FAILED: cannot read from ${endpoint} whether Loki holds ${this.#spool.kept} entries ` +
        `(attempt ${this.#failures}); they are kept in the spool: ${oneLine(reason)}`,
    );
  }

  async #unavailable(reason: string): Promise<void> {
    if (this.#stopped) return;
    const { endpoint, log, metrics } = this.#options;
    if (this.#available !== false) {
      log.warn(
        `READ_BACK_UNAVAILABLE: ${endpoint} does not report which entries Loki holds (${oneLine(reason)}): an entry leaves ` +
          `the spool as soon as it is accepted. Send to Auditrail's gateway, set readBack.endpoint, or set readBack: false`,
      );
    }
    this.#available = false;
    metrics?.unproven(this.#chunks.entries);
    await this.#chunks.release();
  }
}
