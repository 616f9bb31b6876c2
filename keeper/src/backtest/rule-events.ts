import { fieldsOf, type DetectionEvent, type Pattern, type SilencePattern } from '@auditrail/core/detections';
import type { FilterField, TimeRange } from '@auditrail/core/query';
import type { Days } from '../days/days.ts';
import type { DuckDBListValue, DuckDBValue } from '../days/duckdb.ts';
import { fieldSql, groupSql, necessaryOf, selectionSql, selectionsOf } from './selection-sql.ts';

/** An entry, and when it arrived, in milliseconds since 1970. */
export interface ArrivedEvent extends DetectionEvent {
  arrivalMs: number;
}

interface RuleEventsOptions {
  range: TimeRange;
  /** Entries before it are read for a window that begins before it, and not counted. Default: the start of the range. */
  countedFrom?: bigint;
  signal?: AbortSignal | undefined;
  /** Called with the entries that can make a group meet the pattern, some at a time, in the order of their time. */
  onEvents: (events: ArrivedEvent[]) => Promise<void> | void;
}

const MINUTE_NS = 60_000_000_000n;

/**
 * Reads the entries that a pattern needs. DuckDB drops the groups that cannot meet it: it counts in steps as long as the
 * window, of which a window covers two at most; of the step before, successes count against a firing. Usually few entries
 * remain; with a threshold of one, all of them do.
 *
 * @returns the number of entries of each selection, in the order of `selectionsOf`
 */
export async function ruleEvents(
  days: Pick<Days, 'scan'>,
  tenant: string,
  pattern: Exclude<Pattern, SilencePattern>,
  { range, countedFrom = range.start, signal, onEvents }: RuleEventsOptions,
): Promise<number[]> {
  const selections = selectionsOf(pattern);
  const fields = fieldsOf(pattern);
  const necessary = necessaryOf(pattern);
  const conditions = selections.map(({ selection }) => selectionSql(selection).all);
  const columns = [
    ...['ns', 'arrival', `ns // ${BigInt(pattern.minutes) * MINUTE_NS} AS step`],
    ...fields.map((field, i) => `${fieldSql(field)} AS f${i}`),
    ...conditions.map((condition, i) => `coalesce((${condition}), false) AS s${i}`),
    ...necessary.map(({ keys }, i) => `${groupSql(keys)} AS k${i}`),
    ...necessary.flatMap(({ of }, i) => (of === undefined ? [] : [`${groupSql([of])} AS d${i}`])),
  ];
  const counts = selections.map((_, i) => `count(*) FILTER (WHERE s${i} AND ns >= ${countedFrom})`).join(', ');
  const values = fields.map((_, i) => `f${i}`);
  const last = selections.findIndex(({ use }) => use === 'last');
  // Many attacks have no success.
  const hasLast = (i: number) =>
    last < 0
      ? ''
      : ` AND ((a.k, a.step) IN (SELECT (k${i}, step) FROM e WHERE s${last})` +
        ` OR (a.k, a.step + 1) IN (SELECT (k${i}, step) FROM e WHERE s${last}))`;
  const statement = (from: string) =>
    `WITH e AS MATERIALIZED (SELECT * FROM ${from}), ${necessary
      .map(
        ({ uses, atLeast, of }, i) =>
          `c${i} AS (SELECT k${i} AS k, step, count(${of === undefined ? '*' : `DISTINCT d${i}`}) AS n FROM e WHERE ${selections
            .flatMap(({ use }, at) => (uses.includes(use) ? [`s${at}`] : []))
            .join(' OR ')} GROUP BY ALL), ` +
          `w${i} AS (SELECT a.k, a.step FROM c${i} a LEFT JOIN c${i} b ON b.k = a.k AND b.step = a.step + 1 ` +
          `WHERE a.n + coalesce(b.n, 0) >= ${atLeast}${hasLast(i)})`,
      )
      .join(', ')} ` +
    `SELECT ns, arrival, ${values.map((name) => `${name}, `).join('')}NULL AS counts FROM e WHERE ${necessary
      .map(
        (_, i) =>
          `(k${i}, step) IN (FROM w${i}) OR (k${i}, step - 1) IN (FROM w${i}) OR (k${i}, step + 1) IN (FROM w${i})`,
      )
      .join(' OR ')} ` +
    `UNION ALL SELECT NULL, NULL, ${values.map(() => 'NULL, ').join('')}[${counts}] FROM e ORDER BY ns NULLS FIRST`;
  let found = selections.map(() => 0);
  const condition = conditions.map((each) => `(${each})`).join(' OR ');
  for await (const rows of days.scan(tenant, { range, columns, condition, statement })) {
    signal?.throwIfAborted();
    const events: ArrivedEvent[] = [];
    for (const row of rows) {
      if (row[0] === null) found = (row.at(-1) as DuckDBListValue).items.map(Number);
      else events.push(eventOf(row, fields));
    }
    await onEvents(events);
  }
  return found;
}

function eventOf(row: readonly DuckDBValue[], fields: readonly FilterField[]): ArrivedEvent {
  const value = (field: FilterField) => {
    const text = row[2 + fields.indexOf(field)];
    return typeof text === 'string' ? text : undefined;
  };
  return { time: msOf(row[0] as bigint), arrivalMs: msOf(row[1] as bigint), value };
}

// As `entryEvent` has it: the number of nanoseconds would be rounded first.
const msOf = (ns: bigint) => Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6;
