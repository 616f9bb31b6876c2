import {
  evaluate,
  type DetectionEvent,
  type Firing,
  type Pattern,
  type Rule,
  type Selection,
} from '@auditrail/core/detections';
import type { FilterField, TimeRange } from '@auditrail/core/query';
import type { Days } from '../days/days.ts';
import { ruleEvents } from './rule-events.ts';
import { selectionSql, selectionsOf, type SelectionUse } from './selection-sql.ts';
import { silences } from './silence.ts';

/** What the trail has of a selection of a rule. */
interface SelectionCount {
  use: SelectionUse;
  entries: number;
  /** Fields that its entries must have. */
  fields: readonly FilterField[];
  /** Entries that meet its filters and lack one of these fields, at most 1,000. Missing if there are entries that have them. */
  withoutFields?: number;
}

export interface BacktestResult {
  id: string;
  selections: SelectionCount[];
  /** The number of firings. */
  fired: number;
  /** The latest firings, newest first. */
  firings: Firing[];
  ms: number;
}

export interface BacktestOptions {
  range: TimeRange;
  /** Firings to return for each rule. */
  limit: number;
  signal?: AbortSignal | undefined;
}

type DaysToScan = Pick<Days, 'scan'>;

const EVENTS_AT_ONCE = 500;
const COUNTED_MAX = 1_000;
const MINUTE_NS = 60_000_000_000n;

/** What rules would have fired on in a range, over the keeper's entries. */
export async function backtest(
  days: DaysToScan,
  tenant: string,
  rules: readonly Rule[],
  { range, limit, signal }: BacktestOptions,
): Promise<BacktestResult[]> {
  const actions = await actionsIn(days, tenant, range);
  const results: BacktestResult[] = [];
  for (const { id, pattern } of rules) {
    signal?.throwIfAborted();
    const began = performance.now();
    const found = new LatestFirings(limit);
    const counts = await testPattern(days, tenant, pattern, { range, signal, actions, found });
    const selections: SelectionCount[] = [];
    for (const [i, { use, selection }] of selectionsOf(pattern).entries()) {
      const entries = counts[i] ?? 0;
      const isInQuestion = entries === 0 && (selection.present ?? []).length > 0 && canBeMet(selection, actions);
      selections.push({
        ...{ use, entries, fields: selection.present ?? [] },
        ...(isInQuestion && { withoutFields: await countOf(days, tenant, range, selectionSql(selection).filters) }),
      });
    }
    const ms = Math.round(performance.now() - began);
    results.push({ id, selections, fired: found.total, firings: found.newestFirst(), ms });
  }
  return results;
}

/** The number of firings, and the latest of them: a low threshold has any number. */
class LatestFirings {
  readonly #limit: number;
  #latest: Firing[] = [];
  total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(firings: readonly Firing[]): void {
    this.total += firings.length;
    for (const firing of firings) this.#latest.push(firing);
    if (this.#latest.length > 2 * this.#limit + 1_000) this.#latest = this.#last();
  }

  newestFirst(): Firing[] {
    return this.#last().reverse();
  }

  #last(): Firing[] {
    return this.#latest.slice(Math.max(0, this.#latest.length - this.#limit));
  }
}

interface TestOptions extends Pick<BacktestOptions, 'range' | 'signal'> {
  actions: ReadonlySet<string>;
  found: LatestFirings;
}

async function testPattern(
  days: DaysToScan,
  tenant: string,
  pattern: Pattern,
  { range, signal, actions, found }: TestOptions,
): Promise<number[]> {
  if (pattern.kind === 'silence') {
    const { count, firings } = await silences(days, tenant, pattern, { range, signal });
    found.add(firings);
    return [count];
  }
  if (!hasActionsOf(pattern, actions)) return [];
  // A window that begins before the range.
  const lead = BigInt(pattern.minutes) * MINUTE_NS;
  const start = range.start > lead ? range.start - lead : 0n;
  const evaluator = evaluate(pattern);
  const startMs = Number(range.start) / 1e6;
  const onEvents = async (events: readonly DetectionEvent[]) => {
    for (const [i, event] of events.entries()) {
      found.add(evaluator.add(event).filter(({ at }) => at >= startMs));
      // The intake and other requests come in between.
      if (i % EVENTS_AT_ONCE === EVENTS_AT_ONCE - 1) await new Promise(setImmediate);
      signal?.throwIfAborted();
    }
  };
  const question = { range: { start, end: range.end }, countedFrom: range.start, signal, onEvents };
  return ruleEvents(days, tenant, pattern, question);
}

/** The actions of a range. */
export async function actionsIn(days: DaysToScan, tenant: string, range: TimeRange): Promise<Set<string>> {
  const actions = new Set<string>();
  const question = { range, columns: ['action'], statement: (from: string) => `SELECT DISTINCT action FROM ${from}` };
  for await (const rows of days.scan(tenant, question)) for (const [action] of rows) actions.add(String(action));
  return actions;
}

/** Whether the range has actions of a pattern: most of the actions of most rules are not in a trail. */
export const hasActionsOf = (pattern: Pattern, actions: ReadonlySet<string>) =>
  selectionsOf(pattern).some(({ use, selection }) => use !== 'except' && canBeMet(selection, actions));

/** Whether the range has an action of a selection. */
const canBeMet = ({ filters }: Selection, actions: ReadonlySet<string>) =>
  filters.every(
    ({ field, operator, values }) =>
      field !== 'action' || operator !== 'is any of' || values.some((value) => actions.has(value)),
  );

async function countOf(days: DaysToScan, tenant: string, range: TimeRange, condition: string): Promise<number> {
  const question = {
    range,
    columns: ['ns'],
    condition,
    statement: (from: string) => `SELECT count(*) FROM (SELECT * FROM ${from} LIMIT ${COUNTED_MAX})`,
  };
  let count = 0;
  for await (const rows of days.scan(tenant, question)) count += Number(rows[0]?.[0] ?? 0);
  return count;
}
