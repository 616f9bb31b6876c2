import { AuditError, LOKI_PATHS, lokiLimits, type EntryQuery, type LokiClient, type TimeRange } from '@auditrail/core';
import { linesQuery, msToNs, parseLines, readEntries, type LokiLine } from '@auditrail/core';
import { newestFirstOnce } from './newest-first-once.ts';

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
  lines: LokiLine[];
  /** Copies that were left out. */
  duplicates: number;
}

// A part of the range, in the order of the range: not asked for yet, under way, or read.
interface Part extends TimeRange {
  reading?: Promise<void>;
  slice?: Slice;
}

const FIRST_SPAN_MS = 600_000;
const MOST_GROWTH = 8;
// A slice that is not full needs one request only; density changes, so not all room is used.
const FILLED = 0.85;

// An answer over the server's gRPC limit ends as a 500 or a time-out inside Loki, and so does a query that takes too long.
const isTooMuch = (error: unknown) =>
  error instanceof AuditError && error.code === 'LOKI_REFUSED' && (error.status === 500 || error.status === 504);
const LEAST_PAGE = 100;

/**
 * Reads a range in slices of time, newest first, several at once, and gives them in order: none missing, none twice.
 *
 * A slice is as long as its entries are expected to fit into one answer, by the density of those that were read last. Where
 * more came, the answer's oldest nanosecond may be cut: its lines are put back, and the rest of the slice becomes a slice
 * of its own, which begins after that nanosecond. A nanosecond that alone fills an answer is read by {@link readEntries}.
 *
 * At most twice `parallel` slices are in memory.
 *
 * @throws what the client throws; leaving the loop or the signal ends the requests under way
 */
export async function* readSlices(loki: LokiClient, options: ReadSlicesOptions): AsyncGenerator<Slice, void> {
  const { query, range, parallel } = options;
  const text = linesQuery(query);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const limits = await lokiLimits(loki);
  let limit = limits.pageEntries;
  let spanNs = msToNs(FIRST_SPAN_MS);
  const parts: Part[] = range.end > range.start ? [{ ...range }] : [];
  const longest = msToNs(limits.spanMs);

  const learn = (count: number, span: bigint) => {
    const fit = count === 0 ? Infinity : (Number(span) * limit * FILLED) / count;
    const next = BigInt(Math.ceil(Math.min(fit, Number(span) * MOST_GROWTH)));
    spanNs = next > longest ? longest : next;
  };

  // Answers at most `limit` lines; `full` where there may be more.
  const ask = async ({ start, end }: TimeRange): Promise<{ lines: LokiLine[]; full: boolean }> => {
    const asked = limit;
    const span = { start: String(start), end: String(end) };
    const params = { query: text, ...span, limit: String(asked), direction: 'backward' };
    const lines = parseLines(await loki.get(LOKI_PATHS.queryRange, params, signal));
    return { lines, full: lines.length >= asked };
  };

  const readNanosecond = async (ns: bigint): Promise<LokiLine[]> => {
    const lines: LokiLine[] = [];
    const moment = { start: ns, end: ns + 1n };
    for await (const page of readEntries(loki, { query, range: moment, pageEntries: limit, signal })) {
      lines.push(...page.map(({ ns, line }) => ({ ns, line })));
    }
    return lines;
  };

  // Where the answer is cut, what is left of the part becomes one of its own, right after it.
  const cut = (part: Part, start: bigint) => {
    if (start > part.start) parts.splice(parts.indexOf(part) + 1, 0, { start: part.start, end: start });
    part.start = start;
  };

  const read = async (part: Part): Promise<void> => {
    let answer: Awaited<ReturnType<typeof ask>>;
    try {
      answer = await ask(part);
    } catch (error) {
      if (!isTooMuch(error) || limit <= LEAST_PAGE) throw error;
      limit = Math.max(LEAST_PAGE, Math.floor(limit / 2));
      spanNs = spanNs / 4n + 1n;
      cut(part, part.end - (spanNs < part.end - part.start ? spanNs : part.end - part.start));
      return read(part);
    }
    let { lines } = answer;
    if (answer.full) {
      const oldest = lines.reduce((least, { ns }) => (ns < least ? ns : least), part.end);
      const whole = lines.filter(({ ns }) => ns > oldest);
      if (whole.length > 0) cut(part, oldest + 1n);
      else cut(part, oldest);
      lines = whole.length > 0 ? whole : await readNanosecond(oldest);
    }
    learn(lines.length, part.end - part.start);
    const { kept, duplicates } = newestFirstOnce(lines);
    part.slice = { start: part.start, lines: kept, duplicates };
  };

  const launch = () => {
    let running = parts.filter(({ reading, slice }) => reading && !slice).length;
    // Slices that are read wait for those before them: no more than can be kept.
    for (let i = 0; i < parts.length && i < 2 * parallel && running < parallel; i++) {
      const part = parts[i] as Part;
      if (part.reading) continue;
      cut(part, part.end - part.start > spanNs ? part.end - spanNs : part.start);
      part.reading = read(part);
      // Looked at when it is its turn.
      part.reading.catch(() => undefined);
      void part.reading.then(launch, () => undefined);
      running++;
    }
  };

  try {
    for (let part = parts[0]; part; part = parts[0]) {
      launch();
      await part.reading;
      parts.shift();
      if (part.slice) yield part.slice;
    }
  } finally {
    stop.abort();
  }
}
