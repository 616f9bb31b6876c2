import {
  entryEvent,
  evaluate,
  fieldsOf,
  readsOf,
  requiredSelections,
  selector,
  smallEvent,
  type DetectionEvent,
  type Firing,
  type Pattern,
  type Rule,
} from '@auditrail/core/detections';
import { nsToMs } from '@auditrail/core';
import type { FilterField, TimeRange } from '@auditrail/core/query';
import type { TrailSource } from '@auditrail/core/source';

/** The maximum number of entries that the browser reads for one rule: the newest ones. */
export const MOST_ENTRIES = 50_000;

/** When a rule would have fired in a range. */
export interface BacktestResult {
  /** Newest first; the keeper lists the latest 200. */
  firings: readonly Firing[];
  total: number;
  /** The number of entries that the rule read. */
  entries: number;
  /** If there are too many entries: only those from this time on were read, in milliseconds since 1970. */
  since?: number;
  /** Fields that the rule needs, and that none of the entries has: it cannot fire. */
  missing: readonly string[];
  /** Whether the range has entries of each kind that the rule needs, if the keeper tested it. */
  canFire?: boolean;
}

export interface Backtester {
  /** @param onRead called with the number of entries that were read so far */
  run: (rule: Rule, signal: AbortSignal, onRead: (entries: number) => void) => Promise<BacktestResult>;
}

interface Reading {
  /** In the order of their time. */
  events: DetectionEvent[];
  since?: number;
}

/** Reads the entries of a rule in the browser. Other thresholds of the same rule do not read them again. */
export function browserBacktester(source: TrailSource, range: TimeRange): Backtester {
  let last: { id: string; reading: Reading } | undefined;
  return {
    async run({ id, pattern }, signal, onRead) {
      if (last?.id !== id) last = { id, reading: await readEvents(source, range, pattern, signal, onRead) };
      const { events, since } = last.reading;
      const firings = firingsOf(pattern, events);
      return {
        ...{ firings, total: firings.length },
        entries: events.length,
        ...(since !== undefined && { since }),
        missing: missingFields(pattern, events),
      };
    },
  };
}

async function readEvents(
  source: TrailSource,
  range: TimeRange,
  pattern: Pattern,
  signal: AbortSignal,
  onRead: (entries: number) => void,
): Promise<Reading> {
  const fields = fieldsOf(pattern);
  const events: DetectionEvent[] = [];
  let since: number | undefined;
  for await (const page of source.rows({ query: readsOf(pattern), range, signal })) {
    for (const { entry } of page) if (entry) events.push(smallEvent(entryEvent(entry), fields));
    onRead(events.length);
    const oldest = page.at(-1);
    if (events.length < MOST_ENTRIES || !oldest) continue;
    since = nsToMs(oldest.ns);
    break;
  }
  // Pages are newest first.
  return { events: events.reverse(), ...(since !== undefined && { since }) };
}

function firingsOf(pattern: Pattern, events: readonly DetectionEvent[]): Firing[] {
  const evaluator = evaluate(pattern);
  return events.flatMap((event) => evaluator.add(event)).reverse();
}

function missingFields(pattern: Pattern, events: readonly DetectionEvent[]): FilterField[] {
  const [way, ...otherWays] = pattern.kind === 'sequence' ? pattern.ways : [];
  const shared = way && otherWays.length === 0 ? way.same.filter((key) => key !== 'actor') : [];
  const missing = requiredSelections(pattern).flatMap(({ filters, present = [] }) => {
    const wanted = events.filter(selector({ filters }));
    return wanted.length === 0
      ? []
      : [...present, ...shared].filter((field) => !wanted.some(({ value }) => value(field)));
  });
  return [...new Set(missing)];
}
