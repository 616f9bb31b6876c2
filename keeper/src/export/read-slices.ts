import { AuditError } from '@auditrail/core';
import { LOKI_PATHS, lokiLimits, type LokiClient } from '@auditrail/core/loki';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import { msToNs } from '@auditrail/core';
import { parseLines, readEntries, type LokiLine } from '@auditrail/core/loki';
import { linesQuery, streamParts } from '@auditrail/core/query';
import pLimit from 'p-limit';
import { newestFirstOnce, type ExportedLine } from './newest-first-once.ts';

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

// A part of the range, in the order of the range: not asked for yet, under way, or read.
interface Part extends TimeRange {
  reading?: Promise<Slice>;
  isRead?: boolean;
}

const FIRST_SPAN_MS = 600_000;
const MOST_GROWTH = 8;
// A slice that is not full needs one request only; density changes, so not all room is used.
const FILLED = 0.85;
// Loki unpacks a chunk anew for every answer that takes a line of it. Where an answer would hold less than a chunk's time
// (max_chunk_age of provisioning/loki), a slice is as much longer, and read in parts whose streams, and so chunks, are their
// own. Entries that came late have chunks of half that time, which begin at its multiples: so do slices, where they can.
const CHUNK_NS = msToNs(6 * 3_600_000);
const WINDOW_NS = CHUNK_NS / 2n;
// More parts make longer slices, which need fewer chunks but hold more lines at once.
const streamPartsFor = (parallel: number) => (parallel < 4 ? 4 : 8);

// An answer over the server's gRPC limit ends as a 500 or a time-out inside Loki, and so does a query that takes too long.
const isTooMuch = (error: unknown) =>
  error instanceof AuditError && error.code === 'LOKI_REFUSED' && (error.status === 500 || error.status === 504);
const LEAST_PAGE = 100;

const oldestOf = (lines: readonly LokiLine[]) =>
  lines.reduce((least, { ns }) => (ns < least ? ns : least), lines[0]?.ns ?? 0n);

/**
 * Reads a range in slices of time, newest first, several at once, and gives them in order: none missing, none twice.
 *
 * A slice is as long as its entries are expected to fit into one answer, by the density of those that were read last. Where
 * more came, the answer's oldest nanosecond may be cut: its lines are put back, and the rest of the slice becomes a slice
 * of its own, which begins after that nanosecond. A nanosecond that alone fills an answer is read by {@link readEntries}.
 * Where entries lie close, a slice is read in several answers, one for each part of the streams.
 *
 * At most the lines of twice `parallel` full answers are in memory, rounded up to whole slices: of one answer, or where
 * entries lie close of four, of eight if `parallel` is at least 4.
 *
 * @throws what the client throws; leaving the loop or the signal ends the requests under way
 */
export async function* readSlices(loki: LokiClient, options: ReadSlicesOptions): AsyncGenerator<Slice, void> {
  const { query, range, parallel } = options;
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const limits = await lokiLimits(loki);
  let limit = limits.pageEntries;
  let spanNs = msToNs(FIRST_SPAN_MS);
  const parts: Part[] = range.end > range.start ? [{ ...range }] : [];
  const longest = msToNs(limits.spanMs);

  const gate = pLimit(parallel);
  let texts = [linesQuery(query)];

  const learn = (counts: readonly number[], span: bigint) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    // How long a slice may be so that an answer with `count` of these lines holds it.
    const fit = (count: number) => (count === 0 ? Infinity : (Number(span) * limit * FILLED) / count);
    texts = streamParts(query, fit(total) < Number(CHUNK_NS) ? streamPartsFor(parallel) : 1).map(linesQuery);
    // Parts that were not asked for yet are taken for equal.
    const most = counts.length === texts.length ? Math.max(...counts) : total / texts.length;
    const next = BigInt(Math.ceil(Math.min(fit(most), Number(span) * MOST_GROWTH)));
    spanNs = next > longest ? longest : next;
  };

  // Answers at most `limit` lines; `full` where there may be more.
  const ask = async (query: string, { start, end }: TimeRange): Promise<{ lines: LokiLine[]; full: boolean }> => {
    signal.throwIfAborted();
    const asked = limit;
    const span = { start: String(start), end: String(end) };
    const params = { query, ...span, limit: String(asked), direction: 'backward' };
    const lines = parseLines(await loki.get(LOKI_PATHS.queryRange, params, signal));
    return { lines, full: lines.length >= asked };
  };

  const readNanosecond = async (ns: bigint): Promise<LokiLine[]> => {
    const lines: LokiLine[] = [];
    const moment = { start: ns, end: ns + 1n };
    const reading = { query, range: moment, pageEntries: limit, everyLine: true, signal };
    for await (const page of readEntries(loki, reading)) {
      lines.push(...page.map(({ ns, line }) => ({ ns, line })));
    }
    return lines;
  };

  // Where the answer is cut, what is left of the part becomes one of its own, right after it.
  const cut = (part: Part, start: bigint) => {
    if (start > part.start) parts.splice(parts.indexOf(part) + 1, 0, { start: part.start, end: start });
    part.start = start;
  };

  const read = async (part: Part): Promise<Slice> => {
    let answers: Awaited<ReturnType<typeof ask>>[];
    try {
      answers = await Promise.all(texts.map((text) => gate(() => ask(text, part))));
    } catch (error) {
      if (!isTooMuch(error) || limit <= LEAST_PAGE) throw error;
      limit = Math.max(LEAST_PAGE, Math.floor(limit / 2));
      spanNs = spanNs / 4n + 1n;
      cut(part, part.end - (spanNs < part.end - part.start ? spanNs : part.end - part.start));
      return read(part);
    }
    let found = answers.map(({ lines }) => lines);
    const cuts = answers.filter(({ full }) => full).map(({ lines }) => oldestOf(lines));
    if (cuts.length > 0) {
      const oldest = cuts.reduce((a, b) => (a > b ? a : b));
      found = found.map((lines) => lines.filter(({ ns }) => ns > oldest));
      const isNanosecond = found.every((lines) => lines.length === 0);
      cut(part, isNanosecond ? oldest : oldest + 1n);
      if (isNanosecond) found = [await readNanosecond(oldest)];
    }
    learn(
      found.map((lines) => lines.length),
      part.end - part.start,
    );
    const { kept, duplicates } = newestFirstOnce(found.flat());
    return { start: part.start, lines: kept, duplicates };
  };

  const startOf = ({ start, end }: TimeRange): bigint => {
    if (end - start <= spanNs) return start;
    const soonest = end - spanNs;
    const window = ((soonest + WINDOW_NS - 1n) / WINDOW_NS) * WINDOW_NS;
    return window < end ? window : soonest;
  };

  const start = (part: Part): Promise<Slice> => {
    cut(part, startOf(part));
    part.reading = read(part);
    part.reading.then(
      () => {
        part.isRead = true;
        launch();
      },
      // Looked at when it is its turn.
      () => undefined,
    );
    return part.reading;
  };

  const launch = () => {
    // One more than there are requests for, so that there is always one to ask.
    const atOnce = Math.ceil(parallel / texts.length) + 1;
    let running = parts.filter(({ reading, isRead }) => reading && !isRead).length;
    // Slices that are read wait for those before them: no more than can be kept.
    for (let i = 0; i < parts.length && i < 2 * (atOnce - 1) && running < atOnce; i++) {
      const part = parts[i] as Part;
      if (part.reading) continue;
      void start(part);
      running++;
    }
  };

  try {
    for (let part = parts[0]; part; part = parts[0]) {
      launch();
      // What was cut off of the slice before comes out of turn.
      yield await (part.reading ?? start(part));
      parts.shift();
    }
  } finally {
    stop.abort();
  }
}
