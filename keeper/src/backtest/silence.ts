import { labelOf, type Firing, type SilencePattern } from '@auditrail/core/detections';
import type { TimeRange } from '@auditrail/core/query';
import type { Days } from '../days/days.ts';
import { fieldSql, selectionSql } from './selection-sql.ts';

const MINUTE_MS = 60_000;
const MINUTE_NS = 60_000_000_000n;
/** Groups with enough entries that are looked at: each takes a walk over all minutes of the range. */
const MAX_GROUPS = 1_000;

type DaysToScan = Pick<Days, 'scan'>;

/** The entries of a group in each minute that has some. */
interface Group {
  labels: Record<string, string>;
  minutes: [at: number, entries: number][];
  total: number;
}

/** When a silence pattern was met in a range, to the minute: as `evaluate` does it, from counts of minutes. */
export async function silences(
  days: DaysToScan,
  tenant: string,
  pattern: SilencePattern,
  { range, signal }: { range: TimeRange; signal?: AbortSignal | undefined },
): Promise<{ count: number; firings: Firing[] }> {
  const { select, minutes, hoursAgo, atLeast } = pattern;
  const [first, last] = [range.start, range.end - 1n].map((ns) => Number(ns / MINUTE_NS)) as [number, number];
  const lead = hoursAgo * 60 + minutes;
  const question = {
    range: { start: BigInt(Math.max(0, first - lead)) * MINUTE_NS, end: range.end },
    condition: selectionSql(select).all,
  };
  const everyone = new Uint8Array(last - first + 1 + lead);
  const distinct = (from: string) => `SELECT DISTINCT ns // ${MINUTE_NS} FROM ${from}`;
  for await (const rows of days.scan(tenant, { ...question, columns: ['ns'], statement: distinct })) {
    signal?.throwIfAborted();
    for (const [minute] of rows) everyone[Number(minute) - first + lead] = 1;
  }
  let count = 0;
  let groups = 0;
  const firings: Firing[] = [];
  for await (const group of groupsOf(days, tenant, pattern, { ...question, signal })) {
    for (const each of group.minutes) {
      each[0] += lead - first;
      if (each[0] >= lead) count += each[1];
    }
    if (group.total < atLeast || groups++ >= MAX_GROUPS) continue;
    const found = silencesOf(group, { first, lead, minutes, atLeast, everyone });
    for (const firing of found) firings.push(firing);
    // The intake and other requests come in between.
    await new Promise(setImmediate);
  }
  return { count, firings: firings.sort((a, b) => a.at - b.at) };
}

/** One group after the other, so that only one is in memory. */
async function* groupsOf(
  days: DaysToScan,
  tenant: string,
  { by }: SilencePattern,
  { signal, ...question }: { range: TimeRange; condition: string; signal?: AbortSignal | undefined },
): AsyncGenerator<Group, void> {
  const keys = by.filter((key) => key !== 'actor');
  const names = keys.map((_, i) => `k${i}`);
  const counts = {
    ...question,
    columns: ['ns', ...keys.map((key, i) => `${fieldSql(key)} AS k${i}`)],
    statement: (from: string) =>
      `SELECT ${['ns // ' + MINUTE_NS + ' AS minute', 'count(*)', ...names].join(', ')} FROM ${from} ` +
      `GROUP BY ALL ORDER BY ${[...names, 'minute'].join(', ')}`,
  };
  let group: (Group & { key: string }) | undefined;
  for await (const rows of days.scan(tenant, counts)) {
    signal?.throwIfAborted();
    for (const [minute, entries, ...values] of rows) {
      const labels = Object.fromEntries(
        keys.flatMap((key, i) => (typeof values[i] === 'string' ? [[labelOf(key), values[i]] as const] : [])),
      );
      const key = JSON.stringify(labels);
      if (group && group.key !== key) yield group;
      if (group?.key !== key) group = { key, labels, minutes: [], total: 0 };
      group.minutes.push([Number(minute), Number(entries)]);
      group.total += Number(entries);
    }
  }
  if (group) yield group;
}

interface Known {
  first: number;
  lead: number;
  minutes: number;
  atLeast: number;
  everyone: Uint8Array;
}

function silencesOf({ labels, minutes: entries }: Group, known: Known): Firing[] {
  const { first, lead, minutes, atLeast, everyone } = known;
  const counts = new Uint32Array(everyone.length);
  for (const [at, number] of entries) counts[at] = number;
  const found: Firing[] = [];
  let before = 0;
  let lastUse = -Infinity;
  let fires = false;
  for (let at = 0; at < everyone.length; at++) {
    // The window that ended `hoursAgo`: the minutes from `at - lead` to before `at - lead + minutes`.
    before += (counts[at - lead + minutes - 1] ?? 0) - (counts[at - lead - 1] ?? 0);
    // Only entries of others show that time passes, and not the whole log is missing.
    if (everyone[at] === 1 && at >= lead) {
      const isSilent = at - lastUse > minutes && before >= atLeast && counts[at] === 0;
      if (isSilent && !fires) {
        const ms = (minute: number) => (first - lead + minute) * MINUTE_MS;
        found.push({ at: ms(at), since: ms(Math.max(0, lastUse)), labels, value: before });
      }
      fires = isSilent;
    }
    if ((counts[at] ?? 0) > 0) lastUse = at;
  }
  return found;
}
