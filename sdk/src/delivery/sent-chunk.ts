import { LIMITS, msToNs, parseTime } from '@auditrail/core';
import type { SpoolMark, SpoolPosition } from '../spool/spool.ts';
import type { Stamp } from './stamp.ts';
import type { StoredQuestion } from './stored-reader.ts';

/** Consecutive numbers of one chain. */
interface Run {
  stream: string;
  from: number;
  to: number;
}

// Times further apart than this get separate questions, so that a batch of old and new entries is not one long range.
const SPAN_NS = 3_600_000_000_000n;
// How far the collector's clock may be off: it stores an entry too far in the future under its own time.
const ARRIVAL_MS = 5 * 60_000;
const FIRST_NS = parseTime(LIMITS.firstTime) ?? 0n;
const MAX_LINES = 20_000;

/**
 * Consecutive entries of a spool that were sent at about the same time, and their state. It holds ranges, not lines: an app may
 * send thousands of entries per second, and they are kept for minutes.
 */
export class SentChunk implements SpoolMark {
  readonly start: SpoolPosition;
  count = 0;
  end: SpoolPosition;
  /** When its entries were last sent. */
  sentMs: number;
  /** When to ask for it next. */
  nextMs: number;
  /** How often it was sent again. */
  resent = 0;
  /** When all of its entries were last seen in Loki. */
  seenMs: number | undefined;
  /** It was asked for, and accepts no more entries. */
  closed = false;
  /** Committed. */
  released = false;
  readonly #firstMs: number;
  #runs: Run[] = [];
  /** Some of its entries may be stored under their arrival time. */
  #moved = false;
  /** The earliest and latest time within each hour. */
  readonly #spans = new Map<bigint, { first: bigint; last: bigint }>();

  constructor(start: SpoolPosition, sentMs: number, nextMs: number) {
    this.start = start;
    this.end = start;
    this.sentMs = sentMs;
    this.#firstMs = sentMs;
    this.nextMs = nextMs;
  }

  /** Bytes in the spool. */
  get bytes(): number {
    return this.end.offset - (this.start.segment === this.end.segment ? this.start.offset : 0);
  }

  get seen(): boolean {
    return this.seenMs !== undefined;
  }

  /** Whether it was seen long enough after it was sent for Loki to have it on disk. */
  isProven(keepMs: number): boolean {
    return this.seenMs !== undefined && this.seenMs - this.sentMs >= keepMs;
  }

  get streams(): string[] {
    return [...new Set(this.#runs.map(({ stream }) => stream))];
  }

  /** Whether entries that were read from `start` and sent now can be added. */
  takes(start: SpoolPosition, nowMs: number, mergeMs: number): boolean {
    if (this.closed || this.count >= MAX_LINES || nowMs - this.#firstMs > mergeMs) return false;
    return start.segment === this.end.segment && start.offset === this.end.offset;
  }

  add({ count, end }: SpoolMark, stamps: readonly (Stamp | undefined)[], nowMs: number): void {
    this.count += count;
    this.end = end;
    for (const stamp of stamps) if (stamp) this.#expect(stamp, nowMs);
  }

  #expect({ stream, seq, ns }: Stamp, nowMs: number): void {
    const last = this.#runs.at(-1);
    if (last?.stream === stream && last.to + 1 === seq) last.to = seq;
    else this.#runs.push({ stream, from: seq, to: seq });
    this.#cover(ns, ns);
    if (ns >= FIRST_NS && ns < msToNs(nowMs + LIMITS.aheadMs - ARRIVAL_MS)) return;
    this.#moved = true;
    this.#coverArrival(nowMs);
  }

  #cover(first: bigint, last: bigint): void {
    for (let hour = first / SPAN_NS; hour <= last / SPAN_NS; hour++) {
      const known = this.#spans.get(hour);
      if (!known) this.#spans.set(hour, { first, last });
      else {
        if (first < known.first) known.first = first;
        if (last > known.last) known.last = last;
      }
    }
  }

  #coverArrival(nowMs: number): void {
    this.#cover(msToNs(nowMs - ARRIVAL_MS), msToNs(nowMs + ARRIVAL_MS));
  }

  /** Its entries that Loki does not hold were sent again. */
  sentAgain(nowMs: number, waitMs: number): void {
    this.resent += 1;
    this.seenMs = undefined;
    if (this.#moved) this.#coverArrival(nowMs);
    this.sentMs = nowMs;
    this.nextMs = nowMs + waitMs;
  }

  /** An entry became a dead letter: it is not expected in Loki any more. */
  forget({ stream, seq }: Pick<Stamp, 'stream' | 'seq'>): void {
    this.#runs = this.#runs.flatMap((run) => {
      if (run.stream !== stream || seq < run.from || seq > run.to) return [run];
      return [
        { ...run, to: seq - 1 },
        { ...run, from: seq + 1 },
      ].filter(({ from, to }) => from <= to);
    });
  }

  /** Expected numbers that Loki does not hold, by chain. */
  missing(stored: ReadonlyMap<string, ReadonlySet<number>>): Map<string, Set<number>> {
    const missing = new Map<string, Set<number>>();
    for (const { stream, from, to } of this.#runs) {
      for (let seq = from; seq <= to; seq++) {
        if (stored.get(stream)?.has(seq)) continue;
        const numbers = missing.get(stream);
        if (numbers) numbers.add(seq);
        else missing.set(stream, new Set([seq]));
      }
    }
    return missing;
  }

  /** Adds the questions of this chunk to those of others: one range per chain and hour. */
  ask(questions: Map<string, StoredQuestion>): void {
    for (const stream of this.streams) {
      for (const [hour, { first, last }] of this.#spans) {
        const key = `${stream} ${hour}`;
        const known = questions.get(key);
        if (!known) questions.set(key, { stream, start: first, end: last + 1n });
        else {
          if (first < known.start) known.start = first;
          if (last >= known.end) known.end = last + 1n;
        }
      }
    }
  }
}
