import { labelOf, type Firing, type SilencePattern } from '@auditrail/core/detections';
import type { TimeRange } from '@auditrail/core/query';
import type { Days } from '../days/days.ts';
import { fieldSql, selectionSql } from './selection-sql.ts';

const MINUTE_MS = 60_000;
const MINUTE_NS = 60_000_000_000n;
const MAX_GROUPS = 1_000;

interface Group {
  labels: Record<string, string>;
  /** The number of entries of each minute of the range. */
  minutes: Uint32Array;
}

/** When a silence pattern was met in a range, to the minute: as `evaluate` does it, from counts of minutes. */
export async function silences(
  days: Pick<Days, 'scan'>,
  tenant: string,
  { select, by, minutes, hoursAgo, atLeast }: SilencePattern,
  range: TimeRange,
): Promise<{ count: number; firings: Firing[] }> {
  const [first, last] = [range.start, range.end - 1n].map((ns) => Number(ns / MINUTE_NS)) as [number, number];
  const keys = by.filter((key) => key !== 'actor');
  const lead = hoursAgo * 60 + minutes;
  const groups = new Map<string, Group>();
  const everyone = new Uint8Array(last - first + 1 + lead);
  let count = 0;
  const names = keys.map((_, i) => `k${i}`).join(', ');
  const question = {
    range: { start: BigInt(Math.max(0, first - lead)) * MINUTE_NS, end: range.end },
    columns: ['ns', ...keys.map((key, i) => `${fieldSql(key)} AS k${i}`)],
    condition: selectionSql(select).all,
    statement: (from: string) =>
      `SELECT ns // ${MINUTE_NS} AS minute, count(*), ${names} FROM ${from} GROUP BY ALL ORDER BY minute`,
  };
  for await (const rows of days.scan(tenant, question)) {
    for (const [minute, entries, ...values] of rows) {
      const at = Number(minute) - first + lead;
      const labels = Object.fromEntries(
        keys.flatMap((key, i) => (typeof values[i] === 'string' ? [[labelOf(key), values[i]] as const] : [])),
      );
      const key = JSON.stringify(labels);
      if (!groups.has(key) && groups.size >= MAX_GROUPS) continue;
      const group = groups.get(key) ?? { labels, minutes: new Uint32Array(everyone.length) };
      groups.set(key, group);
      group.minutes[at] = Number(entries);
      everyone[at] = 1;
      if (at >= lead) count += Number(entries);
    }
  }
  const firings = [...groups.values()].flatMap((group) =>
    silencesOf(group, { first, lead, minutes, atLeast, everyone }),
  );
  return { count, firings: firings.sort((a, b) => a.at - b.at) };
}

interface Known {
  first: number;
  lead: number;
  minutes: number;
  atLeast: number;
  everyone: Uint8Array;
}

function silencesOf({ labels, minutes: counts }: Group, { first, lead, minutes, atLeast, everyone }: Known): Firing[] {
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
