import { evaluate, keyLabels, type Firing, type Pattern, type Rule } from '@auditrail/core/detections';
import { actionsIn, hasActionsOf } from '../backtest/backtest.ts';
import { ruleEvents, type ArrivedEvent } from '../backtest/rule-events.ts';
import type { Days } from '../days/days.ts';
import { firstAfter } from './first-after.ts';
import { isSameAlert, rulerSees, type RulerClock } from './ruler-model.ts';

/** Late entries: their times, and when they arrived, in nanoseconds. */
export interface LateSpan {
  fromNs: bigint;
  toNs: bigint;
  firstArrivalNs: bigint;
  lastArrivalNs: bigint;
}

/** An attack that was judged, with the times of its entries in milliseconds. */
export interface Episode {
  rule: string;
  labels: Firing['labels'];
  fromMs: number;
  toMs: number;
}

/** A rule that would have fired, if its entries had not been late. */
export interface LateFiring {
  rule: Rule;
  firing: Firing;
  episode: Episode;
}

export interface LateJudgeOptions {
  days: Pick<Days, 'scan'>;
  tenant: string;
  rules: readonly Rule[];
  /** An entry that is older on arrival is late, in milliseconds. */
  lateMs: number;
  /** The evaluations of a rule, by its title. */
  clockOf: (title: string) => RulerClock;
  /** Attacks that were judged before. */
  known: readonly Episode[];
}

const MINUTE_NS = 60_000_000_000n;
const EVENTS_AT_ONCE = 500;
/** Of one rule and span, so many firings are judged: of more, few would be written. */
const FIRINGS_MAX = 500;

/**
 * Judges late entries: evaluates each rule exactly, over the entries of the same time, and returns what fires because of late
 * entries, was not judged before, and what the ruler cannot see.
 */
export async function judgeLate(span: LateSpan, options: LateJudgeOptions): Promise<LateFiring[]> {
  const { days, tenant, rules, known } = options;
  const range = { start: span.fromNs, end: span.toNs + 1n };
  const actions = await actionsIn(days, tenant, range);
  const found: LateFiring[] = [];
  for (const rule of rules) {
    const { pattern } = rule;
    // A silence ends when late entries arrive; what the keeper finds itself is judged on arrival, whatever its age.
    if (pattern.kind === 'silence' || rule.analysis !== undefined) continue;
    if (!hasActionsOf(pattern, actions)) continue;
    const width = BigInt(pattern.minutes) * MINUTE_NS;
    const around = { start: range.start > width ? range.start - width : 0n, end: range.end + width };
    const events: ArrivedEvent[] = [];
    const onEvents = (some: readonly ArrivedEvent[]) => some.forEach((event) => events.push(event));
    await ruleEvents(days, tenant, pattern, { range: around, onEvents });
    const judged = [...known, ...found.map(({ episode }) => episode)].filter((episode) => episode.rule === rule.id);
    found.push(...(await judgeRule(rule, pattern, events, judged, options)));
  }
  return found;
}

async function judgeRule(
  rule: Rule,
  pattern: Exclude<Pattern, { kind: 'silence' }>,
  events: readonly ArrivedEvent[],
  judged: Episode[],
  { lateMs, clockOf }: Pick<LateJudgeOptions, 'lateMs' | 'clockOf'>,
): Promise<LateFiring[]> {
  const isLate = ({ time, arrivalMs }: ArrivedEvent) => arrivalMs - time > lateMs;
  if (!events.some(isLate)) return [];
  const lateTimes = events.filter(isLate).map(({ time }) => time);
  const evaluator = evaluate(pattern);
  const widthMs = pattern.minutes * 60_000;
  const found: LateFiring[] = [];
  for (const [i, event] of events.entries()) {
    for (const firing of evaluator.add(event)) {
      if (found.length >= FIRINGS_MAX) return found;
      const firstLate = lateTimes[firstAfter(lateTimes, firing.at - widthMs, (time) => time)];
      if (firstLate === undefined || firstLate > firing.at) continue;
      const episode: Episode = {
        ...{ rule: rule.id, labels: firing.labels, fromMs: firing.since },
        toMs: endOf(pattern, events, firing),
      };
      const before = judged.find((each) => isContinued(each, episode, widthMs));
      if (before) {
        before.toMs = Math.max(before.toMs, episode.toMs);
        continue;
      }
      if (rulerSees(pattern, events, firing, clockOf(rule.title))) continue;
      judged.push(episode);
      found.push({ rule, firing, episode });
    }
    if (i % EVENTS_AT_ONCE === EVENTS_AT_ONCE - 1) await new Promise(setImmediate);
  }
  return found;
}

// The last entry of the attack: the next ones are not further apart than the window.
function endOf(
  pattern: Exclude<Pattern, { kind: 'silence' }>,
  events: readonly ArrivedEvent[],
  firing: Firing,
): number {
  if (pattern.kind === 'sequence') return firing.at;
  let end = firing.at;
  for (let i = firstAfter(events, end, ({ time }) => time); i < events.length; i++) {
    const event = events[i];
    if (event === undefined || event.time - end > pattern.minutes * 60_000) break;
    if (isSameAlert(keyLabels(pattern.by, event), firing.labels)) end = event.time;
  }
  return end;
}

const isContinued = (known: Episode, { labels, fromMs, toMs }: Episode, widthMs: number) =>
  isSameAlert(known.labels, labels) && fromMs <= known.toMs + widthMs && toMs >= known.fromMs - widthMs;
