import type { DetectionEvent } from './event.ts';
import type { Evaluator, Firing } from './evaluate.ts';
import { Groups } from './groups.ts';
import type { CountPattern, DistinctPattern } from './pattern.ts';
import { groupKey, keyLabels, keyValue, selector } from './select.ts';
import { TimeWindow } from './window.ts';

const NOTHING: readonly Firing[] = [];

interface Group {
  seen: number;
  entries: TimeWindow;
  others: TimeWindow;
  successes: TimeWindow;
  fires: boolean;
}

function isEnough(pattern: CountPattern | DistinctPattern, { entries, others, successes }: Group): boolean {
  const { except } = pattern;
  if (except && successes.size > 0 && entries.distinct <= except.moreThan * successes.distinct) return false;
  if (pattern.kind === 'distinct') {
    return entries.distinct >= pattern.atLeast && entries.size >= (pattern.entries ?? 0);
  }
  const { values, or } = pattern;
  if (or && others.size >= or.atLeast) return true;
  if (entries.size < pattern.atLeast || !values) return entries.size >= pattern.atLeast;
  const different = values.each === undefined ? entries.distinct : entries.distinctWithAtMost(values.each);
  return different >= values.atLeast;
}

const never = () => false;

/** Evaluates patterns about the number of entries, or of different values. */
export function evaluateCount(pattern: CountPattern | DistinctPattern): Evaluator {
  const isEntry = selector(pattern.select);
  const isOther = pattern.kind === 'count' && pattern.or ? selector(pattern.or.select) : never;
  const isSuccess = pattern.except ? selector(pattern.except.successes) : never;
  const of = pattern.kind === 'distinct' ? pattern.of : (pattern.values?.of ?? pattern.except?.of);
  const highest = Math.max(pattern.atLeast, (pattern.kind === 'count' && pattern.or?.atLeast) || 0);
  const window = () => new TimeWindow(pattern.minutes, highest);
  const groups = new Groups<Group>(pattern.minutes, () => ({
    ...{ seen: 0, fires: false },
    ...{ entries: window(), others: window(), successes: window() },
  }));

  return {
    add(event: DetectionEvent): readonly Firing[] {
      const [entry, other, success] = [isEntry(event), isOther(event), isSuccess(event)];
      if (!entry && !other && !success) return NOTHING;
      const group = groups.at(groupKey(pattern.by, event), event.time);
      for (const window of [group.entries, group.others, group.successes]) window.moveTo(event.time);
      const firedBefore = group.fires && isEnough(pattern, group);
      const value = of === undefined ? '' : keyValue(of, event);
      if (entry) group.entries.add(event.time, value);
      if (other) group.others.add(event.time, value);
      if (success) group.successes.add(event.time, value);
      group.fires = isEnough(pattern, group);
      if (!group.fires || firedBefore) return NOTHING;
      return [firing(pattern, group, event)];
    },
  };
}

function firing(pattern: CountPattern | DistinctPattern, { entries, others }: Group, event: DetectionEvent): Firing {
  const counted = pattern.kind === 'distinct' || entries.size >= pattern.atLeast ? entries : others;
  const value = pattern.kind === 'distinct' ? counted.distinct : counted.size;
  return { at: event.time, since: counted.since, labels: keyLabels(pattern.by, event), value };
}
