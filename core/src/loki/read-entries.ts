import { distinctLines, type TrailLine } from './entry-identity.ts';
import { AuditError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseLines, parseVector, type LokiLine } from './answer.ts';
import { LOKI_PATHS, type LokiClient } from './client.ts';
import { lokiLimits } from './limits.ts';
import { isTooMuchForLoki } from './too-much.ts';
import {
  countQuery,
  entriesQuery,
  instantOf,
  linesQuery,
  valuesQuery,
  type EntryQuery,
  type TimeRange,
} from '../query/logql.ts';
import { fieldStorage, type FilterField } from '../query/filters.ts';
import { msToNs } from '../time.ts';

export interface ReadOptions {
  query?: EntryQuery;
  range: TimeRange;
  /** Entries requested at once; halved automatically if the server cannot answer so many. */
  pageEntries?: number;
  /**
   * Span of the first request, in milliseconds. Default: a day. For callers that divide the range themselves: `Infinity`.
   */
  firstSliceMs?: number;
  /** Also returns repetitions, which differ only in their chain: to verify chains, or to compare with Loki's counts. */
  everyLine?: boolean;
  /** Also returns labels and structured metadata, which makes answers several times as large. */
  labels?: boolean;
  signal?: AbortSignal;
}

const MAX_HALVINGS = 5;

// Long ranges are read in slices of time, newest first, so that older entries do not delay newer ones. Slices grow if
// entries are rare.
const FIRST_SLICE_MS = 24 * 3_600_000;
const SHORTEST_SLICE = msToNs(3_600_000);

// The last hex digits of a UUIDv7 are random: sixteen parts of equal size, however many entries share one nanosecond.
const HEX = [...'0123456789abcdef'];
const MAX_ID_END = 8;

/**
 * Reads entries exactly: newest first, none missing, none twice. Loki has no cursor and orders by time alone, so the
 * oldest nanosecond of a full page is read once more, whole, and the next page ends before it. Entries on one nanosecond
 * that do not fit into one answer are read in parts by the end of their id. Repetitions are recognized by their content,
 * not by their id. A long range is read in slices of time, which grow if entries are rare, within Loki's limits.
 *
 * Yields a page at a time (never empty); leaving the loop stops the reading.
 *
 * @throws AuditError `LOKI_REFUSED`, `LOKI_UNREACHABLE`, `LOKI_ANSWER`, `INVALID_FILTER`.
 * @example
 * for await (const page of readEntries(loki, { range })) for (const { entry } of page) console.log(entry?.action);
 */
export async function* readEntries(loki: LokiClient, options: ReadOptions): AsyncGenerator<TrailLine[], void> {
  const { query = {}, range, signal } = options;
  const limits = await lokiLimits(loki);
  const longest = msToNs(limits.spanMs);
  let most = limits.pageEntries;
  let halvings = 0;

  // At most `wanted` lines; `full` if there may be more.
  const ask = async (
    asked: EntryQuery,
    { start, end }: TimeRange,
    wanted: number,
  ): Promise<{ lines: LokiLine[]; full: boolean }> => {
    for (;;) {
      const limit = Math.min(wanted, most);
      const span = { start: String(start), end: String(end) };
      const params = {
        query: options.labels ? entriesQuery(asked) : linesQuery(asked),
        ...span,
        limit: String(limit),
        direction: 'backward',
      };
      try {
        const lines = parseLines(await loki.get(LOKI_PATHS.queryRange, params, signal), options.labels);
        return { lines, full: lines.length >= limit };
      } catch (error) {
        if (!isTooMuchForLoki(error) || limit === 1 || ++halvings > MAX_HALVINGS) throw error;
        most = Math.ceil(limit / 2);
      }
    }
  };

  const readNanosecond = async (ns: bigint, idEnd?: string): Promise<LokiLine[]> => {
    const asked = idEnd === undefined ? query : { ...query, idEnd };
    const { lines, full } = await ask(asked, { start: ns, end: ns + 1n }, LIMITS.pageEntriesMax);
    if (!full) return lines;
    if (idEnd === '' || idEnd?.length === MAX_ID_END) {
      throw new AuditError(
        'LOKI_ANSWER',
        `more than ${lines.length} lines at nanosecond ${ns} cannot be distinguished by id`,
      );
    }
    // '' matches lines that are not entries: without an id, they are in no other part.
    const ends = [...(idEnd === undefined ? [''] : []), ...HEX.map((digit) => digit + (idEnd ?? ''))];
    const parts: LokiLine[][] = [];
    for (const end of ends) parts.push(await readNanosecond(ns, end));
    return parts.flat();
  };

  let slice = msToNs(Math.min(options.firstSliceMs ?? FIRST_SLICE_MS, limits.spanMs));
  for (let { end } = range; end > range.start;) {
    const start = end - slice > range.start ? end - slice : range.start;
    const page = await ask(query, { start, end }, options.pageEntries ?? LIMITS.pageEntries);
    let { lines } = page;
    if (page.full) {
      const oldest = lines.reduce((least, { ns }) => (ns < least ? ns : least), end);
      const newest = lines.reduce((most, { ns }) => (ns > most ? ns : most), start);
      lines = [...lines.filter(({ ns }) => ns > oldest), ...(await readNanosecond(oldest))];
      // Entries are dense: Loki need not search more than a few pages of them.
      slice = within(SHORTEST_SLICE, (newest - oldest) * 4n, longest);
      end = oldest;
    } else {
      slice = within(1n, slice * 4n, longest);
      end = start;
    }
    if (lines.length > 0) yield pageOf(lines, options.everyLine);
  }
}

const within = (least: bigint, wanted: bigint, most: bigint) => {
  const atLeast = wanted < least ? least : wanted;
  return atLeast > most ? most : atLeast;
};

// Repetitions have the same time, so they are always on the same page.
function pageOf(lines: LokiLine[], everyLine = false): TrailLine[] {
  const distinct = distinctLines(lines);
  return everyLine ? distinct : distinct.filter(({ repeats }) => !repeats);
}

/**
 * The number of entries: exact, except that Loki may count entries that were delivered twice until it merges the copies.
 * To show progress over a long range, use `readVolume`.
 */
export async function countEntries(loki: LokiClient, { query = {}, range, signal }: ReadOptions): Promise<number> {
  const spanNs = msToNs((await lokiLimits(loki)).spanMs);
  let entries = 0;
  for (let { end } = range; end > range.start; end -= spanNs) {
    const slice = { start: end - spanNs > range.start ? end - spanNs : range.start, end };
    const params = { query: countQuery(query, slice), time: String(instantOf(slice)) };
    entries += parseVector(await loki.get(LOKI_PATHS.query, params, signal))[0]?.value ?? 0;
  }
  return entries;
}

/** A value of a field and how many entries have it. */
export interface FieldValue {
  value: string;
  count: number;
}

/** The values of a field that are present in the range, most frequent first. */
export async function readFieldValues(
  loki: LokiClient,
  field: FilterField,
  { query = {}, range, signal }: ReadOptions,
): Promise<FieldValue[]> {
  const params = { query: valuesQuery(field, query, range), time: String(instantOf(range)) };
  const { key } = fieldStorage(field);
  return parseVector(await loki.get(LOKI_PATHS.query, params, signal))
    .flatMap(({ labels, value }) => (labels[key] ? [{ value: labels[key], count: value }] : []))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
