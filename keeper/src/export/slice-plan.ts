import { msToNs } from '@auditrail/core';
import { type LokiLimits } from '@auditrail/core/loki';
import { linesQuery, streamParts, type EntryQuery, type TimeRange } from '@auditrail/core/query';

const FIRST_SPAN_MS = 600_000;
const MAX_GROWTH = 8;
// A slice that is not full needs one request only; density changes, so some room is left.
const FILLED = 0.85;
// Loki unpacks a chunk again for every answer that takes a line of it. If an answer would cover less than a chunk's time
// (max_chunk_age of provisioning/loki), a slice is longer instead, and read in parts that have streams, and so chunks, of
// their own. Entries that came late have chunks of half that time, which begin at its multiples: so do slices, if they can.
const CHUNK_NS = msToNs(6 * 3_600_000);
const WINDOW_NS = CHUNK_NS / 2n;
const MIN_PAGE_ENTRIES = 100;

const min = (a: bigint, b: bigint) => (a < b ? a : b);

/** How long slices are and in how many parts their streams are read, as learned from the answers so far. */
export class SlicePlan {
  readonly #query: EntryQuery;
  readonly #parallel: number;
  readonly #longestNs: bigint;
  #spanNs = msToNs(FIRST_SPAN_MS);
  #pageEntries: number;
  #queries: readonly string[];

  constructor(query: EntryQuery, limits: LokiLimits, parallel: number) {
    this.#query = query;
    this.#parallel = parallel;
    this.#longestNs = msToNs(limits.spanMs);
    this.#pageEntries = limits.pageEntries;
    this.#queries = [linesQuery(query)];
  }

  /** Most lines of one answer. */
  get pageEntries(): number {
    return this.#pageEntries;
  }

  /** The LogQL queries of a slice: one for each part of the streams. */
  get queries(): readonly string[] {
    return this.#queries;
  }

  /** The start of the next slice of a range, which ends with the range. */
  startOf({ start, end }: TimeRange): bigint {
    if (end - start <= this.#spanNs) return start;
    const earliest = end - this.#spanNs;
    const window = ((earliest + WINDOW_NS - 1n) / WINDOW_NS) * WINDOW_NS;
    return window < end ? window : earliest;
  }

  /** Takes the number of lines of each answer of a slice into account. */
  learn(counts: readonly number[], spanNs: bigint): void {
    const total = counts.reduce((sum, count) => sum + count, 0);
    // How long a slice can be so that an answer with `count` of these lines holds it.
    const fit = (count: number) => (count === 0 ? Infinity : (Number(spanNs) * this.#pageEntries * FILLED) / count);
    // More parts make longer slices, which need fewer chunks but hold more lines at once.
    const parts = fit(total) >= Number(CHUNK_NS) ? 1 : this.#parallel < 4 ? 4 : 8;
    this.#queries = streamParts(this.#query, parts).map(linesQuery);
    // Until the parts are known, they are assumed to be equal.
    const most = counts.length === this.#queries.length ? Math.max(...counts) : total / this.#queries.length;
    const next = BigInt(Math.ceil(Math.min(fit(most), Number(spanNs) * MAX_GROWTH)));
    this.#spanNs = min(next, this.#longestNs);
  }

  /** Asks for less from now on, because Loki could not answer; `false` if there is no less. */
  shrink(): boolean {
    if (this.#pageEntries <= MIN_PAGE_ENTRIES) return false;
    this.#pageEntries = Math.max(MIN_PAGE_ENTRIES, Math.floor(this.#pageEntries / 2));
    this.#spanNs = this.#spanNs / 4n + 1n;
    return true;
  }

  /** The start of a part of a range that is short enough after {@link shrink}. */
  shorterStart({ start, end }: TimeRange): bigint {
    return end - min(this.#spanNs, end - start);
  }
}
