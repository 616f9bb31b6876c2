import {
  isTooMuchForLoki,
  LOKI_PATHS,
  lokiLimits,
  parseLines,
  readEntries,
  type LokiClient,
  type LokiLine,
} from '@auditrail/core/loki';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import pLimit from 'p-limit';
import { dedupeSlice, type ExportedLine } from './dedupe-slice.ts';
import { SlicePlan } from './slice-plan.ts';

export interface ReadSlicesOptions {
  query: EntryQuery;
  range: TimeRange;
  /** Requests under way at once. */
  parallel: number;
  signal?: AbortSignal;
}

/** All entries from `start` on, up to the `start` of the slice before. */
export interface Slice {
  start: bigint;
  /** Newest first. */
  lines: ExportedLine[];
  /** Copies that were left out. */
  duplicates: number;
}

// A part of the range: not requested yet, under way, or read.
interface Part extends TimeRange {
  reading?: Promise<Slice>;
  isRead?: boolean;
}

interface Answer {
  lines: LokiLine[];
  /** There may be more lines. */
  full: boolean;
}

const oldestOf = (lines: readonly LokiLine[]) =>
  lines.reduce((least, { ns }) => (ns < least ? ns : least), lines[0]?.ns ?? 0n);

class SliceReader {
  readonly #loki: LokiClient;
  readonly #query: EntryQuery;
  readonly #parallel: number;
  readonly #signal: AbortSignal;
  readonly #plan: SlicePlan;
  readonly #gate: ReturnType<typeof pLimit>;
  /** What is not handed out yet, newest first. */
  readonly #parts: Part[];

  constructor(loki: LokiClient, options: ReadSlicesOptions, plan: SlicePlan, signal: AbortSignal) {
    const { query, range, parallel } = options;
    this.#loki = loki;
    this.#query = query;
    this.#parallel = parallel;
    this.#signal = signal;
    this.#plan = plan;
    this.#gate = pLimit(parallel);
    this.#parts = range.end > range.start ? [{ ...range }] : [];
  }

  async *slices(): AsyncGenerator<Slice, void> {
    for (let part = this.#parts[0]; part; part = this.#parts[0]) {
      this.#launch();
      // The rest of a slice whose answer was cut may not be under way yet.
      yield await (part.reading ?? this.#start(part));
      this.#parts.shift();
    }
  }

  #launch(): void {
    // One more slice than the requests need, so that there is always one to request.
    const atOnce = Math.ceil(this.#parallel / this.#plan.queries.length) + 1;
    let running = this.#parts.filter(({ reading, isRead }) => reading && !isRead).length;
    // Slices that are read wait in memory for those before them: this bounds their number.
    for (let i = 0; i < this.#parts.length && i < 2 * (atOnce - 1) && running < atOnce; i++) {
      const part = this.#parts[i] as Part;
      if (part.reading) continue;
      void this.#start(part);
      running++;
    }
  }

  #start(part: Part): Promise<Slice> {
    this.#cut(part, this.#plan.startOf(part));
    const reading = this.#read(part);
    part.reading = reading;
    reading.then(
      () => {
        part.isRead = true;
        this.#launch();
      },
      // slices() throws it when it is the part's turn.
      () => undefined,
    );
    return reading;
  }

  // The part begins at `start`; the rest becomes a part of its own after it.
  #cut(part: Part, start: bigint): void {
    if (start > part.start) {
      this.#parts.splice(this.#parts.indexOf(part) + 1, 0, { start: part.start, end: start });
    }
    part.start = start;
  }

  async #read(part: Part): Promise<Slice> {
    let answers: Answer[];
    try {
      answers = await Promise.all(this.#plan.queries.map((query) => this.#gate(() => this.#ask(query, part))));
    } catch (error) {
      if (!isTooMuchForLoki(error) || !this.#plan.shrink()) throw error;
      this.#cut(part, this.#plan.shorterStart(part));
      return this.#read(part);
    }
    const found = await this.#wholeNanoseconds(part, answers);
    this.#plan.learn(
      found.map((lines) => lines.length),
      part.end - part.start,
    );
    const { kept, duplicates } = dedupeSlice(found.flat());
    return { start: part.start, lines: kept, duplicates };
  }

  async #ask(query: string, { start, end }: TimeRange): Promise<Answer> {
    this.#signal.throwIfAborted();
    const limit = this.#plan.pageEntries;
    const span = { start: String(start), end: String(end) };
    const params = { query, ...span, limit: String(limit), direction: 'backward' };
    const lines = parseLines(await this.#loki.get(LOKI_PATHS.queryRange, params, this.#signal));
    return { lines, full: lines.length >= limit };
  }

  // The oldest nanosecond of a full answer may be incomplete: the part is cut after it.
  async #wholeNanoseconds(part: Part, answers: readonly Answer[]): Promise<LokiLine[][]> {
    const full = answers.filter((answer) => answer.full).map(({ lines }) => oldestOf(lines));
    if (full.length === 0) return answers.map(({ lines }) => lines);
    const oldest = full.reduce((a, b) => (a > b ? a : b));
    const newer = answers.map(({ lines }) => lines.filter(({ ns }) => ns > oldest));
    // A nanosecond that fills an answer alone is a slice.
    const isNanosecond = newer.every((lines) => lines.length === 0);
    this.#cut(part, isNanosecond ? oldest : oldest + 1n);
    return isNanosecond ? [await this.#readNanosecond(oldest)] : newer;
  }

  async #readNanosecond(ns: bigint): Promise<LokiLine[]> {
    const lines: LokiLine[] = [];
    const range = { start: ns, end: ns + 1n };
    const pageEntries = this.#plan.pageEntries;
    const reading = { query: this.#query, range, pageEntries, everyLine: true, signal: this.#signal };
    for await (const page of readEntries(this.#loki, reading)) {
      lines.push(...page.map(({ ns, line }) => ({ ns, line })));
    }
    return lines;
  }
}

/**
 * Reads a range in slices of time, newest first, several at once, and yields them in order: none missing, none twice.
 *
 * A slice is as long as its entries are expected to fit into one answer, by the density of those that were read last. If
 * there are more, the slice is cut after the oldest nanosecond of the answer, which may be incomplete, and the rest becomes
 * a slice of its own. A nanosecond that fills an answer alone is read by {@link readEntries}. If entries are dense, a slice
 * is read in several answers, one for each part of the streams.
 *
 * Memory holds at most the lines of twice `parallel` full answers, rounded up to whole slices: of one answer, or if entries
 * are dense of four, or of eight if `parallel` is at least 4.
 *
 * @throws what the client throws; leaving the loop or the signal ends the requests under way
 */
export async function* readSlices(loki: LokiClient, options: ReadSlicesOptions): AsyncGenerator<Slice, void> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const plan = new SlicePlan(options.query, await lokiLimits(loki), options.parallel);
  try {
    yield* new SliceReader(loki, options, plan, signal).slices();
  } finally {
    stop.abort();
  }
}
