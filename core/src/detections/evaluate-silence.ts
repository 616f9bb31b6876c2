import type { DetectionEvent } from './event.ts';
import type { Evaluator, Firing } from './evaluate.ts';
import type { SilencePattern } from './pattern.ts';
import { groupKey, keyLabels, selector } from './select.ts';

const MINUTE_MS = 60_000;
const MAX_GROUPS = 1_000;

interface Group {
  labels: Record<string, string>;
  /** The number of entries of each minute that had some. */
  minutes: Map<number, number>;
  last: number;
  fires: boolean;
}

/** Evaluates a silence, to the minute: the entries of others show that time passes. */
export function evaluateSilence({ select, by, minutes, hoursAgo, atLeast }: SilencePattern): Evaluator {
  const isEntry = selector(select);
  const groups = new Map<string, Group>();
  const widthMs = minutes * MINUTE_MS;
  const agoMs = hoursAgo * 3_600_000;
  let evaluated = -Infinity;

  function countBefore(group: Group, end: number): number {
    let count = 0;
    for (const [minute, entries] of group.minutes) {
      if (minute * MINUTE_MS >= end - widthMs && minute * MINUTE_MS < end) count += entries;
    }
    return count;
  }

  function forget(now: number): void {
    for (const [key, group] of groups) {
      for (const minute of group.minutes.keys()) {
        if (minute * MINUTE_MS >= now - agoMs - widthMs) break;
        group.minutes.delete(minute);
      }
      if (group.minutes.size === 0) groups.delete(key);
    }
  }

  return {
    add(event: DetectionEvent): readonly Firing[] {
      const minute = Math.floor(event.time / MINUTE_MS);
      const fired: Firing[] = [];
      if (minute > evaluated) {
        evaluated = minute;
        forget(event.time);
        for (const group of groups.values()) {
          const value = countBefore(group, event.time - agoMs);
          const isSilent = group.last <= event.time - widthMs && value >= atLeast;
          if (isSilent && !group.fires) {
            fired.push({ at: event.time, since: group.last, labels: group.labels, value });
          }
          group.fires = isSilent;
        }
      }
      if (!isEntry(event)) return fired;
      const key = groupKey(by, event);
      const known = groups.get(key);
      if (!known && groups.size >= MAX_GROUPS) return fired;
      const group = known ?? {
        labels: keyLabels(by, event),
        minutes: new Map<number, number>(),
        last: 0,
        fires: false,
      };
      group.minutes.set(minute, (group.minutes.get(minute) ?? 0) + 1);
      group.last = event.time;
      group.fires = false;
      groups.set(key, group);
      return fired;
    },
  };
}
