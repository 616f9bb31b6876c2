import { TIME_SUM, type EntryQuery, type FilterField, type TimeRange } from '@auditrail/core/query';
import { sqlText, type Duck } from './duck.ts';
import { GROUP, tokenConditions } from './segment-index.ts';
import { DAY_NS, FileSegment, type Segment } from './segment.ts';
import { entryCondition, valueSql } from './sql-condition.ts';
import type { TenantDays } from './tenant-days.ts';
import type { TokenCondition } from './token-index.ts';

/** Segments that one query asks. */
const PARTS_A_QUERY = 8;
/** Of more rows than this, DuckDB sorts all that are found, instead of keeping the first ones in a heap. */
export const HEAP_ROWS = 5_000;
/** Lines in memory before they are counted. */
const LINES_AT_ONCE = 512;
const MINUTE_NS = 60_000_000_000n;

/** The position of an entry in the order of an answer: newest first, then by id and hash from the last. */
interface RowCursor {
  ns: bigint;
  id: string;
  /** SHA-256 of the line, in hex. */
  hash: string;
}

export interface DaysQuery {
  query?: EntryQuery;
  range: TimeRange;
}

export interface RowsQuery extends DaysQuery {
  /** Only what comes after this position. */
  after?: RowCursor | undefined;
  limit: number;
  /** Also returns repetitions, which differ only in their chain. */
  everyLine?: boolean;
}

export interface PageQuery extends RowsQuery {
  /** Length of all lines together, in UTF-16 code units. Default: any. */
  bytes?: number;
}

export interface FoundRow extends RowCursor {
  line: string;
}

export interface Page {
  rows: FoundRow[];
  more: boolean;
}

/** Of each step of time and outcome, the number of entries. */
export interface VolumeRow {
  startNs: bigint;
  outcome: string;
  count: number;
}

/** What identifies a line, and when it arrived. */
export interface LineKey {
  ns: bigint;
  /** SHA-256 of the line, in hex. */
  hash: string;
  id: string;
  arrivalNs: bigint;
}

/** Answers questions about one tenant's entries, from its segments. */
export class DaysReader {
  readonly #duck: Duck;
  readonly #days: TenantDays;
  readonly #signal: AbortSignal | undefined;
  /** The arrival of the newest entry that each answer includes; missing if the tenant has no entries. */
  readonly upTo: { upTo?: string };

  constructor(duck: Duck, days: TenantDays, signal?: AbortSignal) {
    this.#duck = duck;
    this.#days = days;
    this.#signal = signal;
    // Entries that come from here on may be in an answer or not.
    this.upTo = days.lastArrivalNs === 0n ? {} : { upTo: String(days.lastArrivalNs) };
  }

  /** Entries newest first, at most `limit`. More may follow the last one, if there are so many. */
  async rows(wanted: RowsQuery): Promise<FoundRow[]> {
    return (await this.page(wanted)).rows;
  }

  /**
   * The same, but no more lines than `bytes` allows, and at least one; `more`: some that are wanted are not in the answer.
   */
  page({ query = {}, range, after, limit, everyLine = false, bytes = Infinity }: PageQuery): Promise<Page> {
    const end = after && after.ns + 1n < range.end ? after.ns + 1n : range.end;
    return this.#within({ start: range.start, end }, async (segments) => {
      const parts = await partsOf(segments, tokenConditions(query));
      const page: Page = { rows: [], more: false };
      let left = bytes;
      for (const window of windows({ start: range.start, end }, parts)) {
        const inWindow = parts.filter(({ segment }) => isWithin(segment, window));
        const rest = { query, range: window, after, limit: limit - page.rows.length, everyLine };
        for await (const row of this.#rowsOf(inWindow, rest)) {
          left -= row.line.length;
          page.more = left < 0 && page.rows.length > 0;
          if (page.more) return page;
          page.rows.push(row);
        }
        if (page.rows.length >= limit) break;
      }
      return page;
    });
  }

  async *#rowsOf(
    parts: readonly Part[],
    { query = {}, range, after, limit, everyLine }: RowsQuery,
  ): AsyncGenerator<FoundRow, void> {
    const isBehind = after
      ? `(ns < ${after.ns} OR (coalesce(id, ''), hex(hash)) < (${sqlText(after.id)}, ${sqlText(after.hash.toUpperCase())}))`
      : undefined;
    const columns = ['row', 'ns', `coalesce(id, '') AS id`, 'hex(hash) AS hash'];
    const found = await this.#inGroups(parts, (group) => {
      const from = selectFrom(group, { query, range, everyLine, and: isBehind, numbered: true }, columns);
      return `SELECT part, row, ns, id, hash FROM ${from} ORDER BY ns DESC, id DESC, hash DESC LIMIT ${limit}`;
    });
    const rows = found
      .flatMap(({ parts: group, rows }) =>
        (rows as [number, number, bigint, string, string][]).map(([part, row, ns, id, hash]) => ({
          ...{ segment: group[part]?.segment, row, ns, id, hash: hash.toLowerCase() },
        })),
      )
      .sort(newestFirst)
      .slice(0, limit);
    for (let at = 0; at < rows.length; at += LINES_AT_ONCE) {
      const some = rows.slice(at, at + LINES_AT_ONCE);
      const lines = new Map<(typeof some)[number], string>();
      const bySegment = [...Map.groupBy(some, ({ segment }) => segment)];
      await Promise.all(
        bySegment.map(async ([segment, group]) => {
          const texts = (await segment?.lines(group.map(({ row }) => row))) ?? [];
          group.forEach((one, i) => lines.set(one, texts[i] ?? ''));
        }),
      );
      for (const one of some) yield { ns: one.ns, id: one.id, hash: one.hash, line: lines.get(one) ?? '' };
    }
  }

  /** The exact number of entries. */
  async count(query: DaysQuery): Promise<number> {
    let count = 0;
    const rows = await this.#ask(query, ['row'], (from) => `SELECT count(*) FROM ${from}`, {
      whole: ({ facts }) => (count += facts.entries),
    });
    return rows.reduce((sum, [some]) => sum + Number(some), count);
  }

  /** The number of entries of each outcome, in steps of time from the begin of the range. */
  async volume(query: DaysQuery, stepNs: bigint): Promise<VolumeRow[]> {
    const { start } = query.range;
    const counts = new Map<string, VolumeRow>();
    const add = (step: bigint, outcome: string, count: number) => {
      const key = `${step} ${outcome}`;
      const row = counts.get(key) ?? { startNs: start + step * stepNs, outcome, count: 0 };
      row.count += count;
      counts.set(key, row);
    };
    const byMinute = start % MINUTE_NS === 0n && stepNs % MINUTE_NS === 0n;
    const [first, step] = [Number(start / MINUTE_NS), Number(stepNs / MINUTE_NS)];
    const addMinutes = ({ facts }: FileSegment) => {
      for (const [minute, outcome, count] of this.#days.volume(facts.id)) {
        add(BigInt(Math.floor((minute - first) / step)), outcome, count);
      }
    };
    const rows = await this.#ask(
      query,
      ['ns', 'outcome'],
      (from) =>
        `SELECT (ns - ${start}) // ${stepNs} AS step, coalesce(outcome, '') AS outcome, count(*) FROM ${from} ` +
        'GROUP BY step, outcome',
      byMinute ? { whole: addMinutes } : {},
    );
    for (const [at, outcome, count] of rows) add(BigInt(at as bigint), String(outcome), Number(count));
    return [...counts.values()].sort((a, b) => Number(a.startNs - b.startNs) || (a.outcome < b.outcome ? -1 : 1));
  }

  /** The most frequent values of a field, with their number of entries. */
  async values(field: FilterField, query: DaysQuery, limit: number): Promise<{ value: string; count: number }[]> {
    const column = valueSql(field);
    const rows = await this.#ask(
      query,
      [`${column} AS value`],
      (from) =>
        `SELECT value, count(*) AS entries FROM ${from} WHERE value <> '' ` +
        `GROUP BY value ORDER BY entries DESC, value LIMIT ${limit}`,
      { inOne: true },
    );
    return rows.map(([value, count]) => ({ value: String(value), count: Number(count) }));
  }

  /** For each window of time, `start` excluded and `end` included, what core's `readTimeSums` reads from Loki. */
  async timeSums({ start, end }: TimeRange, windowSeconds: number): Promise<Map<bigint, bigint>> {
    const step = BigInt(windowSeconds) * 1_000_000_000n;
    const { base, inner, outer } = TIME_SUM;
    const rows = await this.#everyLine(
      { start: start + 1n, end: end + 1n },
      ['ns'],
      (from) =>
        `SELECT ((ns - 1) // ${step} + 1) * ${step} AS until, sum(${base} + (ns % ${inner}) * (ns % ${inner}) % ${outer}) FROM ${from} GROUP BY until`,
    );
    return new Map(rows.map(([until, sum]) => [until as bigint, sum as bigint]));
  }

  /** Every line in a range, in no order. */
  async lineKeys(range: TimeRange): Promise<LineKey[]> {
    const sql = (from: string) => `SELECT ns, hex(hash), coalesce(id, ''), arrival FROM ${from}`;
    const rows = (await this.#everyLine(range, ['ns', 'hash', 'id', 'arrival'], sql)) as [
      bigint,
      string,
      string,
      bigint,
    ][];
    return rows.map(([ns, hash, id, arrivalNs]) => ({ ns, hash: hash.toLowerCase(), id, arrivalNs }));
  }

  // Repetitions too, as in Loki. A line without a channel is not in an audit stream.
  #everyLine(range: TimeRange, columns: readonly string[], statement: (from: string) => string) {
    return this.#within(range, async (segments) => {
      if (segments.length === 0) return [];
      const parts = segments.map((segment) => ({ segment }));
      return this.#duck.rows(statement(selectFrom(parts, { range, everyLine: true }, columns)), this.#signal);
    });
  }

  // `whole` is called, instead of asking them, for segments whose rows are all wanted. Without `inOne`, the answer is that of
  // several groups of segments, one after the other.
  #ask(
    { query = {}, range }: DaysQuery,
    columns: readonly string[],
    statement: (from: string) => string,
    { whole, inOne = false }: { whole?: (segment: FileSegment) => void; inOne?: boolean } = {},
  ) {
    return this.#within(range, async (all) => {
      const asked: Segment[] = [];
      for (const segment of all) {
        const isAll = whole && !isFiltered(query) && isInside(segment, range) && segment instanceof FileSegment;
        if (isAll) whole(segment);
        else asked.push(segment);
      }
      const parts = await partsOf(asked, tokenConditions(query));
      const sql = (group: readonly Part[]) => statement(selectFrom(group, { query, range }, columns));
      return (await this.#inGroups(parts, sql, inOne)).flatMap(({ rows }) => rows);
    });
  }

  // To plan a query over many files takes one thread most of the time: several of them are planned at once.
  async #inGroups(parts: readonly Part[], statement: (parts: readonly Part[]) => string, inOne = false) {
    const groups: (readonly Part[])[] = [];
    const size = inOne ? parts.length : PARTS_A_QUERY;
    for (let at = 0; at < parts.length; at += size) groups.push(parts.slice(at, at + size));
    return Promise.all(
      groups.map(async (group) => ({ parts: group, rows: await this.#duck.rows(statement(group), this.#signal) })),
    );
  }

  async #within<T>(range: TimeRange, work: (segments: Segment[]) => Promise<T>): Promise<T> {
    const { segments, release } = this.#days.snapshot(range.start, range.end);
    try {
      return await work(segments);
    } finally {
      await release();
    }
  }
}

/** A segment, or some groups of its rows. */
interface Part {
  segment: Segment;
  groups?: number[];
}

const isWithin = ({ minNs, maxNs }: Segment, { start, end }: TimeRange) => maxNs >= start && minNs < end;
const isInside = ({ minNs, maxNs }: Segment, { start, end }: TimeRange) => minNs >= start && maxNs < end;
const isFiltered = ({ filters = [], search = '' }: EntryQuery) => filters.length > 0 || search !== '';

// As DuckDB sorts texts: by their bytes.
function newestFirst(a: RowCursor, b: RowCursor): number {
  if (a.ns !== b.ns) return a.ns < b.ns ? 1 : -1;
  return Buffer.compare(Buffer.from(b.id), Buffer.from(a.id)) || (a.hash < b.hash ? 1 : -1);
}

/** The segments that can have rows with these tokens. */
async function partsOf(segments: readonly Segment[], tokens: readonly TokenCondition[]): Promise<Part[]> {
  const parts = await Promise.all(
    segments.map(async (segment): Promise<Part> => {
      const groups = tokens.length > 0 ? await segment.groups(tokens) : undefined;
      return { segment, ...(groups && { groups }) };
    }),
  );
  return parts.filter(({ groups }) => groups?.length !== 0);
}

interface Selected extends DaysQuery {
  everyLine?: boolean | undefined;
  and?: string | undefined;
  /** With the number of the part. */
  numbered?: boolean;
}

/** A subquery with these columns of the wanted rows of several parts. */
function selectFrom(
  parts: readonly Part[],
  { query = {}, range, everyLine = false, and, numbered = false }: Selected,
  columns: readonly string[],
): string {
  const condition = entryCondition(query);
  const whole: FileSegment[] = [];
  const selects = parts.flatMap(({ segment, groups }, part) => {
    // Conditions that all rows of a segment meet cost as much as the rest of a question about many days. Only a file stays
    // as it is until it is asked.
    const file = segment instanceof FileSegment ? segment : undefined;
    const isPlain = file?.facts.entries === segment.rows;
    const conditions = [
      ...(groups ? [`${GROUP} IN (${groups.join(', ')})`] : []),
      ...(file && isInside(file, range) ? [] : [`ns >= ${range.start} AND ns < ${range.end}`]),
      ...(isPlain && !isFiltered(query) ? [] : [`(${condition})`]),
      ...(isPlain || everyLine ? [] : ['NOT repeats']),
      ...(and === undefined ? [] : [and]),
    ];
    if (file && conditions.length === 0 && !numbered) {
      whole.push(file);
      return [];
    }
    const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
    return [
      `SELECT ${[...(numbered ? [`${part} AS part`] : []), ...columns].join(', ')} FROM ${segment.source}${where}`,
    ];
  });
  // To plan one scan of many files is quicker than many scans.
  const files = `read_parquet([${whole.map(({ parquet }) => sqlText(parquet)).join(', ')}])`;
  if (whole.length > 0) selects.push(`SELECT ${columns.join(', ')} FROM ${files}`);
  return `(${selects.join(' UNION ALL ')})`;
}

/** About so many groups of rows are asked at first, if the index says which can have wanted ones. */
const GROUPS_AT_FIRST = 128;

/**
 * Spans of the range, newest first: a day, two days, four … so that an answer from the newest day needs no other, and a rare
 * entry is found in few queries. If the index leaves few rows of each day, the first span has more days.
 */
function* windows(range: TimeRange, parts: readonly Part[]): Generator<TimeRange, void> {
  const groups = parts.reduce((sum, part) => sum + (part.groups?.length ?? Infinity), 0);
  let days = BigInt(Math.max(1, Math.floor((parts.length * GROUPS_AT_FIRST) / Math.max(1, groups))));
  for (let { end } = range; ;) {
    const below = parts.filter(({ segment }) => segment.minNs < end);
    const newest = below.reduce((most, { segment: { maxNs } }) => (maxNs > most ? maxNs : most), range.start - 1n);
    if (newest < range.start) return;
    if (newest + 1n < end) end = newest + 1n;
    const from = ((end - 1n) / DAY_NS - (days - 1n)) * DAY_NS;
    const start = from > range.start ? from : range.start;
    yield { start, end };
    if (start <= range.start) return;
    end = start;
    days *= 2n;
  }
}
