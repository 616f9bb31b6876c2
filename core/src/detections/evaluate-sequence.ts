import type { DetectionEvent } from './event.ts';
import type { Evaluator, Firing } from './evaluate.ts';
import { Groups } from './groups.ts';
import { havingKeys, type SequencePattern, type Way } from './pattern.ts';
import { groupKey, keyLabels, keyValue, selector } from './select.ts';
import { TimeWindow } from './window.ts';

const MAX_LAST = 1_000;
const MAX_ALERTS = 1_000;

/** A last entry of a sequence. */
interface Last {
  event: DetectionEvent;
  /** The number of first entries of the group before it. */
  before: number;
}

interface Group {
  seen: number;
  first: TimeWindow;
  lastValues: TimeWindow;
  last: Last[];
  /** The alerts that fire, and until when they do without further entries. */
  alerts: Map<string, number>;
}

class WayEvaluator {
  readonly #isFirst: (event: DetectionEvent) => boolean;
  readonly #isLast: (event: DetectionEvent) => boolean;
  readonly #groups: Groups<Group>;
  readonly #way: Way;
  readonly #widthMs: number;
  readonly #lastMs: number;

  constructor({ first, last, minutes, lastMinutes = minutes }: SequencePattern, way: Way) {
    this.#way = way;
    this.#lastMs = lastMinutes * 60_000;
    this.#widthMs = minutes * 60_000;
    this.#isFirst = selector(havingKeys(first, way.same));
    this.#isLast = selector(havingKeys(last, way.same));
    this.#groups = new Groups<Group>(minutes, () => ({
      ...{ seen: 0, last: [], alerts: new Map<string, number>() },
      ...{ first: new TimeWindow(minutes, way.atLeast), lastValues: new TimeWindow(minutes, way.atLeast) },
    }));
  }

  /** The new alerts, and until when the pattern is met for the entry; undefined if it is not. */
  add(event: DetectionEvent): { fired: Firing[]; until?: number } {
    const isFirst = this.#isFirst(event);
    const isLast = this.#isLast(event);
    if (!isFirst && !isLast) return { fired: [] };
    const { of, same, share } = this.#way;
    const group = this.#groups.at(groupKey(same, event), event.time);
    this.#moveTo(group, event.time);
    const value = of === undefined ? '' : keyValue(of, event);
    if (isFirst) group.first.add(event.time, value);
    if (isLast) {
      group.lastValues.add(event.time, value);
      group.last.push({ event, before: group.first.added });
      if (group.last.length > MAX_LAST) group.last.shift();
    }
    // Without a share, the first entries after a last one do not matter to it.
    const candidates = share !== undefined ? group.last : isLast ? group.last.slice(-1) : [];
    const until = candidates.length > 0 ? this.#firesUntil(group) : undefined;
    if (until === undefined) return { fired: [] };
    const fired = candidates
      .filter(({ before }) => share === undefined || this.#isLateEnough(group, before, share))
      .flatMap((last) => this.#firings(group, last, event.time, until));
    return { fired, until };
  }

  #moveTo(group: Group, time: number): void {
    group.first.moveTo(time);
    group.lastValues.moveTo(time);
    group.last = group.last.filter(({ event }) => event.time > time - this.#widthMs);
    for (const [key, until] of group.alerts) if (until <= time) group.alerts.delete(key);
  }

  // The time when the entries before the last one, which are just enough, leave the window; undefined if they do not suffice.
  #firesUntil({ first, lastValues }: Group): number | undefined {
    const { of, atLeast, perLast = 0, moreThan = 0 } = this.#way;
    const number = of === undefined ? first.size : first.distinct;
    if (number < atLeast) return undefined;
    if (first.size < perLast * lastValues.size || (moreThan > 0 && number <= moreThan * lastValues.distinct)) {
      return undefined;
    }
    return (of === undefined ? first.timeFromEnd(atLeast) : first.timeOfDistinct(atLeast)) + this.#widthMs;
  }

  #isLateEnough({ first }: Group, before: number, share: number): boolean {
    return before - (first.added - first.size) >= share * first.size;
  }

  #firings(group: Group, { event }: Last, at: number, until: number): Firing[] {
    const { by, of } = this.#way;
    const key = groupKey(by, event);
    const isNew = !group.alerts.has(key);
    group.alerts.delete(key);
    group.alerts.set(key, Math.min(until, event.time + this.#lastMs));
    const [oldest] = group.alerts.keys();
    if (group.alerts.size > MAX_ALERTS && oldest !== undefined) group.alerts.delete(oldest);
    const value = of === undefined ? group.first.size : group.first.distinct;
    return isNew ? [{ at, since: group.first.since, labels: keyLabels(by, event), value }] : [];
  }
}

/** Evaluates a sequence. As long as a way fires for the keys that all ways have, later ways do not. */
export function evaluateSequence(pattern: SequencePattern): Evaluator {
  const ways = pattern.ways.map((way) => new WayEvaluator(pattern, way));
  const common = pattern.ways.at(-1)?.by ?? [];
  const firing = new Map<string, number>();
  return {
    add(event: DetectionEvent): readonly Firing[] {
      for (const [key, until] of firing) {
        if (until > event.time && firing.size <= MAX_ALERTS) break;
        firing.delete(key);
      }
      const results = ways.map((way) => way.add(event));
      const first = results.findIndex(({ until }) => until !== undefined);
      const result = results[first];
      if (ways.length === 1 || !result) return result?.fired ?? [];
      const key = groupKey(common, event);
      if (first > 0 && (firing.get(key) ?? 0) > event.time) return [];
      if (first === 0) firing.set(key, result.until ?? 0);
      return result.fired;
    },
  };
}
