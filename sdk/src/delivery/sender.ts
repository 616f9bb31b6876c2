import { nsToMs, parseTime } from '@auditrail/core';
import type { DeadLetters } from './dead-letter-file.ts';
import { oneLine, type OperatorLog } from '../log.ts';
import type { AuditMetrics } from '../metrics.ts';
import type { SendResult, Transport } from './otlp-transport.ts';
import type { Spool } from '../spool/spool.ts';

export interface SenderOptions {
  spool: Pick<Spool, 'pending' | 'read' | 'commit'>;
  transport: Transport;
  deadLetters: DeadLetters;
  log: OperatorLog;
  /** Bytes of lines that are read from the spool at once; how much one request takes is the transport's business. */
  batchBytes: number;
  /** Longest pause between two tries, in milliseconds. */
  maxBackoffMs: number;
  metrics?: Pick<AuditMetrics, 'exported' | 'dropped'> | undefined;
  /** Told of every line once, in the spool's order, when it was accepted or laid aside; the next request waits for it. */
  settled?: ((fates: readonly LineFate[]) => void | Promise<void>) | undefined;
}

/** What became of one line. */
export type LineFate = { accepted: true } | { accepted: false; reason: string };

const FIRST_BACKOFF_MS = 200;
const PROBE_LINES = 256;
const REPEAT_LOG_MS = 10 * 60_000;
const ACCEPTED: LineFate = { accepted: true };

/** Moves entries from the spool to the collector, in order, one request at a time, and tries until they are accepted. */
export class Sender {
  readonly #options: SenderOptions;
  /** Resolves when the sender has come to its end after `stop()`; then the spool may be closed. Never rejects. */
  readonly ended: Promise<void>;
  #wake: (() => void) | undefined;
  #stopped = false;
  #failures = 0;
  #loggedAt = 0;
  #notBefore = 0;
  #idle: (() => void)[] = [];
  // Lines behind the spool's cursor that are delivered already: a batch that fails in its middle goes on there.
  #settled = 0;
  // Lines of the next request. Halved where the server cannot take so many, doubled where it could.
  #most = Infinity;
  #oldest: string | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.ended = this.#run();
  }

  /** When the oldest undelivered entry was made, in milliseconds since 1970; `undefined` where none waits. */
  get oldestMs(): number | undefined {
    if (this.#oldest === undefined || this.#options.spool.pending === 0) return undefined;
    const { time } = JSON.parse(this.#oldest) as { time?: unknown };
    const ns = typeof time === 'string' ? parseTime(time) : undefined;
    return ns === undefined ? undefined : nsToMs(ns);
  }

  /** Something was appended. */
  notify(): void {
    if (this.#failures === 0) this.#wake?.();
  }

  /** Resolves when nothing is pending; starts the next try at once, unless the server asked for a pause. */
  drained(): Promise<void> {
    if (this.#options.spool.pending === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      if (Date.now() >= this.#notBefore) this.#wake?.();
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
        await this.#sleep(this.#pauseMs());
      }
    }
  }

  async #next(): Promise<void> {
    const { spool, batchBytes } = this.#options;
    const batch = await spool.read(batchBytes);
    while (this.#settled < batch.lines.length) {
      this.#oldest = batch.lines[this.#settled];
      if (this.#stopped) return;
      if (!(await this.#step(batch.lines.slice(this.#settled, this.#settled + this.#most)))) return;
    }
    await spool.commit(batch);
    this.#settled = Math.max(0, this.#settled - batch.lines.length);
    this.#oldest = undefined;
  }

  /** One request. False where it has to be tried again after a pause. */
  async #step(lines: readonly string[]): Promise<boolean> {
    const { transport, log, metrics } = this.#options;
    const result = await transport.send(lines);
    const { sent } = result;
    switch (result.outcome) {
      case 'accepted':
        if (result.warning !== undefined)
          log.warn(`the collector accepted entries, but says: ${oneLine(result.warning)}`);
        this.#recovered();
        this.#most *= 2;
        metrics?.exported(sent);
        return this.#settle(Array.from({ length: sent }, () => ACCEPTED));
      case 'refused':
        // The server is well: it has read and judged the request.
        this.#recovered();
        await this.#refused(lines, result);
        return true;
      case 'failed':
        if (this.#stopped) return false;
        this.#failed(result.reason, result.retryAfterMs);
        // A server that is down is tried with little; a slow line, or one that cuts large requests off, takes smaller ones.
        this.#most = Math.min(Math.ceil(sent / 2), PROBE_LINES);
        return false;
    }
  }

  // One bad entry must not hold up the others: half as many, until it stands alone.
  async #refused(lines: readonly string[], result: SendResult & { outcome: 'refused' }): Promise<void> {
    const { deadLetters, log, metrics } = this.#options;
    const { sent, reason, cause } = result;
    const [line] = lines;
    if (sent > 1 || line === undefined) {
      this.#most = Math.ceil(sent / 2);
      return;
    }
    await deadLetters.add(line, reason);
    metrics?.dropped(1, cause);
    log.error(`the collector refused an entry for good; it lies in dead-letters.ndjson: ${oneLine(reason)}`);
    this.#most = 2;
    await this.#settle([{ accepted: false, reason }]);
  }

  #settle(fates: readonly LineFate[]): true | Promise<true> {
    this.#settled += fates.length;
    // Without a turn in between where nothing is waited for: who was told must find the spool committed.
    return this.#options.settled?.(fates)?.then(() => true) ?? true;
  }

  #recovered(): void {
    if (this.#failures > 0) this.#options.log.warn(`delivery works again after ${this.#failures} failed tries`);
    this.#failures = 0;
    this.#notBefore = 0;
  }

  #failed(reason: string, retryAfterMs = 0): void {
    const { spool, log } = this.#options;
    const now = Date.now();
    this.#failures += 1;
    this.#notBefore = now + retryAfterMs;
    // Loud at first, then every ten minutes: an outage of days must neither fill the log nor be forgotten.
    if (this.#failures > 1 && !Number.isInteger(Math.log2(this.#failures)) && now - this.#loggedAt < REPEAT_LOG_MS)
      return;
    this.#loggedAt = now;
    log.warn(`delivery failed (try ${this.#failures}, ${spool.pending} entries wait safely): ${oneLine(reason)}`);
  }

  // Full jitter, so that all who lost the same server do not come back at the same moment; what it asked for goes before.
  #pauseMs(): number {
    const ceiling = Math.min(this.#options.maxBackoffMs, FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures - 1, 20));
    return Math.max(0, this.#notBefore - Date.now()) + Math.random() * ceiling;
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
