import type { Settings } from '@auditrail/core/detections';
import type { Cast } from './cast.ts';
import type { Step } from './steps.ts';

/** Traffic with which a rule must fire. */
interface Attack {
  steps: Step[];
  /** Labels of the alert; it can have more. */
  labels: Record<string, string>;
  /** The age of the entry that the alert's link shows. Default: that of the last one. */
  linkSecondsAgo?: number;
}

export interface ScenarioOptions {
  cast: Cast;
  settings: Settings;
  /** The threshold with this name. @throws Error if the rule has no such threshold */
  at: (name: string) => number;
  /** The rule's window. */
  minutes: number;
}

/** Proof of one rule: what makes it fire, and what is almost the same and does not. */
export interface Scenario {
  /** By what distinguishes the attacks: a rule can have several ways to fire. */
  attacks: Record<string, (options: ScenarioOptions) => Attack>;
  /** By what is missing. At least one for each threshold, and one for the order if the rule has one. */
  nearMisses: Record<string, (options: ScenarioOptions) => Step[]>;
}
