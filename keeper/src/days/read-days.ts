import { fieldStorage, TIME_SUM, type EntryQuery, type FilterField, type TimeRange } from '@auditrail/core/query';
import { sqlName, sqlText, type Duck } from './duck.ts';
import { COLUMNS, columnOfKey } from './columns.ts';
import { GROUP, tokenConditions } from './segment-index.ts';
import { DAY_NS, FileSegment, type Segment } from './segment.ts';
import { entryCondition } from './sql-condition.ts';
import type { TenantDays } from './tenant-days.ts';
import type { TokenCondition } from './token-index.ts';

const COLUMN_LIST = COLUMNS.map(({ name }) => sqlName(name)).join(', ');
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

export interface FoundRow extends RowCursor {
  line: string;
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

  constructor(duck: Duck, days: TenantDays) {
    this.#duck = duck;
    this.#days = days;
  }

  /** The arrival of the tenant's newest entry, as a part of each answer; missing if the tenant has no entries. */
  get upTo(): { upTo?: string } {
    const { lastArrivalNs } = this.#days;
    return lastArrivalNs === 0n ? {} : { upTo: String(lastArrivalNs) };
  }

  /** Entries newest first, at most `limit`. More may follow the last one, if there are so many. */
  rows({ query = {}, range, after, limit, everyLine = false }: RowsQuery): Promise<FoundRow[]> {
    const end = after && after.ns + 1n < range.end ? after.ns + 1n : range.end;
    return this.#within({ start: range.start, end }, async (segments) => {
      const tokens = tokenConditions(query);
      const found: FoundRow[] = [];
      for (const window of windows({ start: range.start, end }, segments)) {
        const parts = await partsOf(segments, window, tokens);
        const rest = { query, range: window, after, limit: limit - found.length, everyLine };
        found.push(...(await this.#rowsOf(parts, rest)));
        if (found.length >= limit) break;
      }
      return found;
    });
  }

  async #rowsOf(
    parts: readonly Part[],
    { query = {}, range, after, limit, everyLine }: RowsQuery,
  ): Promise<FoundRow[]> {
    if (parts.length === 0) return [];
    const behind = after
      ? ` AND (ns < ${after.ns} OR (coalesce(id, ''), hex(hash)) < (${sqlText(after.id)}, ${sqlText(after.hash.toUpperCase())}))`
      : '';
    const from = fromParts(parts, { query, range });
    const rows = (await this.#duck.rows(
      `SELECT part, row, ns, coalesce(id, ''), hex(hash) FROM ${from}${everyLine ? '' : ' AND NOT repeats'}${behind} ` +
        `ORDER BY ns DESC, coalesce(id, '') DESC, hash DESC LIMIT ${limit}`,
    )) as [number, number, bigint, string, string][];
    const lines = new Map<number, Map<number, string>>();
    for (const [part, group] of Map.groupBy(rows, ([of]) => of)) {
      const wanted = group.map(([, row]) => row);
      const texts = (await parts[part]?.segment.lines(wanted)) ?? [];
      lines.set(part, new Map(wanted.map((row, i) => [row, texts[i] ?? ''])));
    }
    return rows.map(([part, row, ns, id, hash]) => ({
      ...{ ns, id, hash: hash.toLowerCase() },
      line: lines.get(part)?.get(row) ?? '',
    }));
  }

  /** The exact number of entries. */
  async count(query: DaysQuery): Promise<number> {
    let count = 0;
    const rows = await this.#ask(query, (from) => `SELECT count(*) FROM ${from}`, {
      whole: ({ facts }) => (count += facts.entries),
    });
    return count + Number(rows[0]?.[0] ?? 0);
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
      (from) =>
        `SELECT ${column} AS value, count(*) AS entries FROM ${from} AND coalesce(${column}, '') <> '' ` +
        `GROUP BY value ORDER BY entries DESC, value LIMIT ${limit}`,
    );
    return rows.map(([value, count]) => ({ value: String(value), count: Number(count) }));
  }

  /** For each window of time, `start` excluded and `end` included, what core's `readTimeSums` reads from Loki. */
  async timeSums({ start, end }: TimeRange, windowSeconds: number): Promise<Map<bigint, bigint>> {
    const step = BigInt(windowSeconds) * 1_000_000_000n;
    const { base, inner, outer } = TIME_SUM;
    const rows = await this.#everyLine(
      { start: start + 1n, end: end + 1n },
      (from) =>
        `SELECT ((ns - 1) // ${step} + 1) * ${step} AS until, sum(${base} + (ns % ${inner}) * (ns % ${inner}) % ${outer}) FROM ${from} GROUP BY until`,
    );
    return new Map(rows.map(([until, sum]) => [until as bigint, sum as bigint]));
  }

  /** Every line in a range, in no order. */
  async lineKeys(range: TimeRange): Promise<LineKey[]> {
    const sql = (from: string) => `SELECT ns, hex(hash), coalesce(id, ''), arrival FROM ${from}`;
    const rows = (await this.#everyLine(range, sql)) as [bigint, string, string, bigint][];
    return rows.map(([ns, hash, id, arrivalNs]) => ({ ns, hash: hash.toLowerCase(), id, arrivalNs }));
  }

  // Repetitions too, as in Loki. A line without a channel is not in an audit stream.
  #everyLine(range: TimeRange, statement: (from: string) => string) {
    return this.#within(range, async (segments) => {
      const parts = await partsOf(segments, range, []);
      if (parts.length === 0) return [];
      return this.#duck.rows(statement(fromParts(parts, { range })));
    });
  }

  // `whole` is called, instead of asking them, for segments whose rows are all wanted.
  #ask(
    { query = {}, range }: DaysQuery,
    statement: (from: string) => string,
    { whole }: { whole?: (segment: FileSegment) => void } = {},
  ) {
    const isAll = (query.filters ?? []).length === 0 && !query.search;
    return this.#within(range, async (all) => {
      const asked: Segment[] = [];
      for (const segment of all) {
        const isInside = segment.minNs >= range.start && segment.maxNs < range.end;
        if (whole && isAll && isInside && segment instanceof FileSegment) whole(segment);
        else asked.push(segment);
      }
      const parts = await partsOf(asked, range, tokenConditions(query));
      if (parts.length === 0) return [];
      return this.#duck.rows(statement(`${fromParts(parts, { query, range })} AND NOT repeats`));
    });
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

/** The segments that can have rows of a range with these tokens. */
async function partsOf(
  segments: readonly Segment[],
  { start, end }: TimeRange,
  tokens: readonly TokenCondition[],
): Promise<Part[]> {
  const within = segments.filter(({ minNs, maxNs }) => maxNs >= start && minNs < end);
  const parts = await Promise.all(
    within.map(async (segment): Promise<Part> => {
      const groups = tokens.length > 0 ? await segment.groups(tokens) : undefined;
      return { segment, ...(groups && { groups }) };
    }),
  );
  return parts.filter(({ groups }) => groups?.length !== 0);
}

function fromParts(parts: readonly Part[], { query = {}, range }: DaysQuery): string {
  const selects = parts.map(({ segment, groups }, part) => {
    const select = `SELECT ${part} AS part, row, ${COLUMN_LIST} FROM ${segment.source}`;
    return groups ? `${select} WHERE ${GROUP} IN (${groups.join(', ')})` : select;
  });
  const from = `(${selects.join(' UNION ALL ')})`;
  return `${from} WHERE ns >= ${range.start} AND ns < ${range.end} AND (${entryCondition(query)})`;
}

// A scope or a member of the properties is in a column with others.
function valueSql(field: FilterField): string {
  const { key, kind } = fieldStorage(field);
  const column = columnOfKey(key);
  if (column !== undefined) return sqlName(column);
  const name = field.slice(field.indexOf('.') + 1);
  return `json_extract_string(${kind === 'property' ? 'properties' : 'scope'}, ${sqlText(`$."${name}"`)})`;
}

/**
 * Spans of the range, newest first: a day, two days, four … so that an answer from the newest day needs no other, and a rare
 * entry is found in few queries.
 */
function* windows(range: TimeRange, segments: readonly Segment[]): Generator<TimeRange, void> {
  let days = 1n;
  for (let { end } = range; ;) {
    const below = segments.filter(({ minNs }) => minNs < end);
    const newest = below.reduce((most, { maxNs }) => (maxNs > most ? maxNs : most), range.start - 1n);
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
