import type { Thresholds } from '@auditrail/core/detections';

import { ALERT_RULES, type AlertRule } from '../../rules.ts';
import { SETTINGS } from '../../settings.ts';
import { ANALYSIS_SCENARIOS } from './analyses.ts';
import { castOf, type Cast } from './cast.ts';
import { MISUSE_SCENARIOS } from './misuse.ts';
import { RIGHTS_SCENARIOS } from './rights.ts';
import type { Scenario, ScenarioOptions } from './scenario.ts';
import { SECOND_FACTOR_SCENARIOS } from './second-factor.ts';
import { SIGN_IN_SCENARIOS } from './sign-in.ts';
import type { Step } from './steps.ts';
import { TAKEOVER_SCENARIOS } from './takeover.ts';
import { TRAIL_SCENARIOS } from './trail.ts';

/** The proof of each rule of the catalogue, by the id of the rule. A unit test reports a rule without one. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...SIGN_IN_SCENARIOS,
  ...TAKEOVER_SCENARIOS,
  ...RIGHTS_SCENARIOS,
  ...MISUSE_SCENARIOS,
  ...SECOND_FACTOR_SCENARIOS,
  ...TRAIL_SCENARIOS,
  ...ANALYSIS_SCENARIOS,
};

/** A scenario of a rule, ready to be recorded. */
export interface Play {
  rule: AlertRule;
  /** What distinguishes it from other scenarios of the rule. */
  name: string;
  cast: Cast;
  steps: Step[];
  /** Labels of the alert; missing if the rule must not fire. */
  labels?: Record<string, string>;
  /** The age of the entry that the alert's link shows. */
  linkSecondsAgo: number;
}

function thresholdOf({ id, thresholds }: { id: string; thresholds: Thresholds }): ScenarioOptions['at'] {
  return (name) => {
    const value = thresholds[name];
    if (value === undefined) throw new Error(`the rule ${id} has no threshold "${name}"`);
    return value;
  };
}

const byTime = (steps: Step[]) => steps.toSorted((a, b) => b.secondsAgo - a.secondsAgo);

/** Plays of the rules, whose casts have the numbers from `first` on. */
function plays(
  rules: readonly AlertRule[],
  first: number,
  of: (scenario: Scenario) => Record<string, (options: ScenarioOptions) => Pick<Play, 'steps'> & Partial<Play>>,
): Play[] {
  const all = rules.flatMap((rule) => {
    const scenario = SCENARIOS[rule.id];
    return scenario ? Object.entries(of(scenario)).map(([name, play]) => ({ rule, name, play })) : [];
  });
  return all.map(({ rule, name, play }, i) => {
    const cast = castOf(first + i);
    const { minutes } = rule.thresholds;
    const { steps, labels, linkSecondsAgo = 0 } = play({ cast, settings: SETTINGS, at: thresholdOf(rule), minutes });
    return { rule, name, cast, steps: byTime(steps), linkSecondsAgo, ...(labels && { labels }) };
  });
}

/** The attacks of all rules. */
export const attacks = (rules: readonly AlertRule[] = ALERT_RULES): Play[] =>
  plays(rules, 0, (scenario) => scenario.attacks);

/** The near misses of all rules. */
export const nearMisses = (rules: readonly AlertRule[] = ALERT_RULES): Play[] =>
  plays(rules, 128, (scenario) =>
    Object.fromEntries(
      Object.entries(scenario.nearMisses).map(([name, steps]) => [name, (options) => ({ steps: steps(options) })]),
    ),
  );

/**
 * Near misses in as few groups as possible, with one of each rule at most: an alert about nobody in particular, such as
 * "many accounts locked", would count those of another near miss.
 */
export function grouped(plays: readonly Play[]): Play[][] {
  const groups: Play[][] = [];
  const seen = new Map<string, number>();
  for (const play of plays) {
    const group = seen.get(play.rule.id) ?? 0;
    seen.set(play.rule.id, group + 1);
    (groups[group] ??= []).push(play);
  }
  return groups;
}
