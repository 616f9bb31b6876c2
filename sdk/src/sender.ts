import type { DeadLetters } from './dead-letters.ts';
import { oneLine, type OperatorLog } from './log.ts';
import type { Transport } from './otlp-transport.ts';
import type { Spool } from './spool.ts';

export interface SenderOptions {
  spool: Spool;
  transport: Transport;
  deadLetters: DeadLetters;
  log: OperatorLog;
  /** Bytes of lines in one request. */
  batchBytes: number;
  /** Longest pause between two tries, in milliseconds. */
  maxBackoffMs: number;
}

const FIRST_BACKOFF_MS = 200;

/** Moves entries from the spool to the collector, in order, one batch at a time, and tries again until they are accepted. */
export class Sender {
  readonly #options: SenderOptions;
  #wake: (() => void) | undefined;
  #stopped = false;
  #failures = 0;
  #idle: (() => void)[] = [];

  constructor(options: SenderOptions) {
    this.#options = options;
    void this.#run();
  }

  /** Something was appended. */
  notify(): void {
    if (this.#failures === 0) this.#wake?.();
  }

  /** Resolves when nothing is pending; starts the next try at once. */
  drained(): Promise<void> {
    if (this.#options.spool.pending === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#wake?.();
    });
  }

  /**
   * Ends. What is pending stays in the spool; so does a batch whose request is under way, unless it was answered: it is sent
   * again at the next start, and readers tell the copies by their ids.
   */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
    const { pending } = this.#options.spool;
    if (pending > 0) this.#options.log.warn(`${pending} entries wait in the spool and go out at the next start`);
  }

  async #run(): Promise<void> {
    const { spool } = this.#options;
    while (!this.#stopped) {
      try {
        if (spool.pending > 0) await this.#next();
      } catch (error) {
        if (!this.#stopped) this.#failed(error instanceof Error ? error.message : String(error));
      }
      if (this.#stopped) return;
      if (spool.pending === 0) {
        for (const resolve of this.#idle.splice(0)) resolve();
        await this.#sleep();
      } else if (this.#failures > 0) {
        await this.#sleep(this.#backoffMs());
      }
    }
  }

  async #next(): Promise<void> {
    const { spool, batchBytes, log } = this.#options;
    const batch = await spool.read(batchBytes);
    const failure = await this.#deliver(batch.lines);
    if (this.#stopped) return;
    if (failure !== undefined) return this.#failed(failure);
    await spool.commit(batch);
    if (this.#failures > 0) log.warn(`delivery works again after ${this.#failures} failed tries`);
    this.#failures = 0;
  }

  /** The reason why it must be tried again, or nothing when every line is accepted or laid aside. */
  async #deliver(lines: readonly string[]): Promise<string | undefined> {
    const { transport, deadLetters, log } = this.#options;
    const result = await transport.send(lines);
    if (result.outcome === 'accepted') return undefined;
    if (result.outcome === 'failed') return result.reason;
    const [line] = lines;
    if (lines.length === 1 && line !== undefined) {
      await deadLetters.add(line, result.reason);
      log.error(`the collector refused an entry for good; it lies in dead-letters.ndjson: ${oneLine(result.reason)}`);
      return undefined;
    }
    // One bad entry must not hold up the others: halves, until it stands alone.
    const middle = Math.ceil(lines.length / 2);
    return (await this.#deliver(lines.slice(0, middle))) ?? (await this.#deliver(lines.slice(middle)));
  }

  #failed(reason: string): void {
    const { spool, log } = this.#options;
    this.#failures += 1;
    // Loud at first, then ever more rarely: an outage of days must not fill the log.
    if (Number.isInteger(Math.log2(this.#failures))) {
      log.warn(`delivery failed (try ${this.#failures}, ${spool.pending} entries wait safely): ${oneLine(reason)}`);
    }
  }

  #backoffMs(): number {
    const ceiling = Math.min(this.#options.maxBackoffMs, FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures - 1, 20));
    return ceiling * (0.5 + Math.random() / 2);
  }

  #sleep(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      // An application that ends without shutdown() must be able to: the spool keeps what is pending.
      timer?.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
