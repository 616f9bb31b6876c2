import type { Inserts } from './inserts.ts';
import type { Condition, Key, Pattern } from './pattern.ts';
import type { Settings } from './settings.ts';

export const SEVERITIES = ['medium', 'high', 'critical'] as const;

/** The members of a rule that documentation and alerts show. */
export interface DetectionText {
  /** Grafana's uid of the rule. Must not change. */
  id: string;
  title: string;
  /** MITRE ATT&CK technique. */
  technique: string;
  /** MITRE ATT&CK tactic. */
  tactic: string;
  severity: (typeof SEVERITIES)[number];
  /** The description: why the rule exists and what the alert means. */
  meaning: string;
  /** The steps to take. */
  runbook: string;
  /** Harmless causes of the alert. */
  falsePositives: string;
  /** What the application must record. */
  needs: string;
  /** The thresholds that others publish for the same, and why these differ. */
  others?: string;
  /** Why only the keeper can find it. The rule watches the entries that the keeper writes. */
  analysis?: string;
}

/** Thresholds by name; `minutes` is the window. */
export type Thresholds = { minutes: number } & Record<string, number>;

/** The entries that the link of an alert shows, besides the time. */
export interface AlertLink {
  filters: readonly Condition[];
  /** Keys of the alert that the link filters by; with `firstOnly`, only the first one that the alert has. */
  keys: readonly Key[];
  firstOnly?: true;
  /** The key with the time of the event, if the alert is about an earlier one. */
  at?: Key;
  /** The link also filters by the account that the label `accountField` names: the target, or `scope.account`. */
  account?: 'target' | 'scope';
  /** How many minutes before the window the link starts. */
  minutesBefore?: number;
}

/** The parts of a rule that depend on settings and thresholds. */
export interface DetectionParts {
  /** The condition in words. */
  condition: string;
  pattern: Pattern;
  /** The alert's title. */
  summary: (insert: Inserts) => string;
  link: AlertLink;
}

/** A rule of the catalogue. `T` is the names of its thresholds besides the window. */
export interface DetectionSource<T extends string> extends DetectionText {
  thresholds: Record<T | 'minutes', number>;
  build: (settings: Settings, thresholds: Record<T | 'minutes', number>) => DetectionParts;
}

/** A rule of the catalogue with any thresholds. */
export interface Detection extends DetectionText {
  defaults: Thresholds;
  build: (settings: Settings, thresholds: Thresholds) => DetectionParts;
}

/** Checks the names of a rule's thresholds at compile time. */
export function detection<T extends string = never>(source: DetectionSource<T>): Detection {
  const { thresholds, build, ...text } = source;
  return { ...text, defaults: thresholds, build: (settings, given) => build(settings, { ...thresholds, ...given }) };
}
