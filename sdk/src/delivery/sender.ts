import { nsToMs, parseTime } from '@auditrail/core';
import type { DeadLetters } from './dead-letter-file.ts';
import { oneLine, type OperatorLog } from '../log.ts';
import type { AuditMetrics } from '../metrics.ts';
import type { SendResult, Transport } from './otlp-transport.ts';
import type { MissingLines } from './missing-entries.ts';
import type { ReadBack } from './read-back.ts';
import { RepeatedMessage } from './repeated-message.ts';
import type { Stamp } from './stamp.ts';
import type { Spool } from '../spool/spool.ts';

export interface SenderOptions {
  spool: Pick<Spool, 'pending' | 'read' | 'commit'>;
  transport: Transport;
  deadLetters: DeadLetters;
  log: OperatorLog;
  /** Bytes of lines that are read from the spool at once; the transport decides how many fit into one request. */
  batchBytes: number;
  /** Longest pause between two attempts, in milliseconds. */
  maxBackoffMs: number;
  metrics?: Pick<AuditMetrics, 'exported' | 'dropped' | 'resent'> | undefined;
  /** Keeps accepted entries until they are seen in Loki. Without it, an entry leaves the spool as soon as it is accepted. */
  readBack?: ((wake: () => void) => ReadBack) | undefined;
  /** Called once for every line, in the spool's order, when it was accepted or refused; the next request waits for it. */
  settled?: ((fates: readonly LineFate[]) => void | Promise<void>) | undefined;
}

/** The fate of one line. */
export type LineFate = { accepted: true } | { accepted: false; reason: string };

const FIRST_BACKOFF_MS = 200;
const PROBE_LINES = 256;
const ACCEPTED: LineFate = { accepted: true };

/** Sends entries from the spool to the collector, in order, one request at a time, until they are accepted. */
export class Sender {
  readonly #options: SenderOptions;
  /** Resolves when the sender has ended after `stop()`; then the spool can be closed. Never rejects. */
  readonly ended: Promise<void>;
  #wake: (() => void) | undefined;
  #stopped = false;
  #failures = 0;
  readonly #repeats = new RepeatedMessage();
  #notBefore = 0;
  #idle: (() => void)[] = [];
  // Lines behind the spool's cursor that are already delivered: after a failure, the batch continues behind them.
  #settled = 0;
  // Where to find these lines in Loki.
  #stamps: (Stamp | undefined)[] = [];
  readonly #readBack: ReadBack | undefined;
  #asked: (() => void)[] = [];
  // Lines of the next request. Halved if the server cannot accept so many, doubled if it did.
  #most = Infinity;
  #oldest: string | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#readBack = options.readBack?.(() => this.#wake?.());
    this.ended = this.#run().finally(() => this.#readBack?.stop());
  }

  /** When the oldest undelivered entry was made, in milliseconds since 1970; `undefined` if none is pending. */
  get oldestMs(): number | undefined {
    if (this.#oldest === undefined || this.#options.spool.pending === 0) return undefined;
    const { time } = JSON.parse(this.#oldest) as { time?: unknown };
    const ns = typeof time === 'string' ? parseTime(time) : undefined;
    return ns === undefined ? undefined : nsToMs(ns);
  }

  /** Entries that were accepted and not seen in Loki since. */
  get unseen(): number {
    return this.#readBack?.unseen ?? 0;
  }

  /** Lines were appended. */
  notify(): void {
    if (this.#failures === 0) this.#wake?.();
  }

  /** Asks now which accepted entries Loki holds, and resolves once the missing ones were sent again. Never rejects. */
  async readBackNow(): Promise<void> {
    await this.#readBack?.askNow();
    if (!this.#readBack?.hasMissing || this.#stopped) return;
    await new Promise<void>((resolve) => {
      this.#asked.push(resolve);
      this.#wake?.();
    });
  }

  /** Resolves when nothing is pending; starts the next attempt immediately, unless the server requested a pause. */
  drained(): Promise<void> {
    if (this.#options.spool.pending === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      if (Date.now() >= this.#notBefore) this.#wake?.();
    });
  }

  /**
   * Ends. Pending entries stay in the spool. So does a batch whose request is under way, unless it was answered: it is sent again
   * at the next start, and readers recognize copies by their ids.
   */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#wake?.();
    for (const resolve of this.#asked.splice(0)) resolve();
    const { pending } = this.#options.spool;
    if (pending > 0) this.#options.log.warn(`${pending} entries stay in the spool and are sent at the next start`);
  }

  async #run(): Promise<void> {
    const { spool } = this.#options;
    let restored = this.#readBack === undefined;
    while (!this.#stopped) {
      try {
        if (!restored) {
          await this.#readBack?.restore();
          restored = true;
          this.#failures = 0;
        }
        if (this.#failures === 0) await this.#resend();
        if (spool.pending > 0) await this.#next();
      } catch (error) {
        if (!this.#stopped) this.#failed(error instanceof Error ? error.message : String(error));
      }
      if (this.#stopped) return;
      if (this.#readBack?.hasMissing && this.#failures === 0) continue;
      for (const resolve of this.#asked.splice(0)) resolve();
      if (spool.pending === 0) for (const resolve of this.#idle.splice(0)) resolve();
      if (spool.pending === 0 && restored) await this.#sleep();
      else if (this.#failures > 0) await this.#sleep(this.#pauseMs());
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
    if (this.#readBack) await this.#readBack.sent(batch, this.#stamps.slice(0, batch.lines.length));
    else await spool.commit(batch);
    this.#stamps = this.#stamps.slice(batch.lines.length);
    this.#settled = Math.max(0, this.#settled - batch.lines.length);
    this.#oldest = undefined;
  }

  /** Sends the missing entries of one chunk again. */
  async #resend(): Promise<void> {
    try {
      const missing = await this.#readBack?.takeMissing();
      if (missing) await this.#sendAgain(missing);
    } catch (error) {
      // The spool cannot be read now, or a dead letter cannot be kept: Loki is asked for them again.
      this.#options.log.warn(`entries that Loki does not hold cannot be sent again: ${oneLine(String(error))}`);
    }
  }

  async #sendAgain(missing: MissingLines): Promise<void> {
    const { transport, metrics } = this.#options;
    const { lines } = missing;
    for (let at = 0; at < lines.length && !this.#stopped;) {
      const result = await transport.send(lines.slice(at, at + this.#most));
      const { sent } = result;
      if (result.outcome === 'failed') return missing.failed(result.reason);
      if (result.outcome === 'accepted') {
        metrics?.resent(sent);
        this.#most *= 2;
        at += sent;
      } else if (sent > 1) this.#most = Math.ceil(sent / 2);
      else {
        await this.#addDeadLetter(lines[at] ?? '', result);
        missing.refused(at++);
      }
    }
    await missing.done();
  }

  /** One request. False if it has to be repeated after a pause. */
  async #step(lines: readonly string[]): Promise<boolean> {
    const { transport, log, metrics } = this.#options;
    const result = await transport.send(lines);
    const { sent, stamps = [] } = result;
    switch (result.outcome) {
      case 'accepted':
        if (result.warning !== undefined)
          log.warn(`the collector accepted entries with a warning: ${oneLine(result.warning)}`);
        this.#recovered();
        this.#most *= 2;
        metrics?.exported(sent);
        return this.#settle(
          Array.from({ length: sent }, () => ACCEPTED),
          stamps,
        );
      case 'refused':
        // The server works: it has read the request and decided about it.
        this.#recovered();
        await this.#refused(lines, result);
        return true;
      case 'failed':
        if (this.#stopped) return false;
        this.#failed(result.reason, result.retryAfterMs);
        // Small requests probe a server that is down, and get through a connection that is slow or cuts off large ones.
        this.#most = Math.min(Math.ceil(sent / 2), PROBE_LINES);
        return false;
    }
  }

  // One bad entry must not block the others: halves the request until the entry is alone in it.
  async #refused(lines: readonly string[], result: SendResult & { outcome: 'refused' }): Promise<void> {
    const { sent, reason } = result;
    const [line] = lines;
    if (sent > 1 || line === undefined) {
      this.#most = Math.ceil(sent / 2);
      return;
    }
    await this.#addDeadLetter(line, result);
    await this.#settle([{ accepted: false, reason }], []);
  }

  async #addDeadLetter(line: string, { reason, cause }: SendResult & { outcome: 'refused' }): Promise<void> {
    const { deadLetters, log, metrics } = this.#options;
    await deadLetters.add(line, reason);
    metrics?.dropped(1, cause);
    log.error(`the collector refused an entry permanently; it is in dead-letters.ndjson: ${oneLine(reason)}`);
    this.#most = 2;
  }

  #settle(fates: readonly LineFate[], stamps: readonly (Stamp | undefined)[]): true | Promise<true> {
    fates.forEach((_, i) => this.#stamps.push(stamps[i]));
    this.#settled += fates.length;
    // Without a turn of the event loop if there is nothing to wait for: callers that it resolves must find the spool committed.
    return this.#options.settled?.(fates)?.then(() => true) ?? true;
  }

  #recovered(): void {
    if (this.#failures > 0) this.#options.log.warn(`delivery works again after ${this.#failures} failed attempts`);
    this.#failures = 0;
    this.#notBefore = 0;
  }

  #failed(reason: string, retryAfterMs = 0): void {
    const { spool, log } = this.#options;
    this.#failures += 1;
    this.#notBefore = Date.now() + retryAfterMs;
    if (!this.#repeats.isDue(this.#failures)) return;
    log.warn(`delivery failed (try ${this.#failures}, ${spool.pending} entries wait safely): ${oneLine(reason)}`);
  }

  // Full jitter, so that senders that lost the same server do not return at the same moment; added to the pause that it requested.
  #pauseMs(): number {
    const ceiling = Math.min(this.#options.maxBackoffMs, FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures - 1, 20));
    return Math.max(0, this.#notBefore - Date.now()) + Math.random() * ceiling;
  }

  #sleep(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      // Does not keep an application alive that ends without shutdown(): the spool keeps pending entries.
      timer?.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
