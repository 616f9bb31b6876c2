import type { AuditPageParams } from '../page-link.ts';
import type { PANEL_IDS } from '../panels.ts';
import type { Inserts } from './inserts.ts';
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
  /** The related panel of the dashboard. */
  panel: (typeof PANEL_IDS)[keyof typeof PANEL_IDS];
  /** The description: why the rule exists and what the alert means. */
  meaning: string;
  /** The steps to take. */
  runbook: string;
  /** Harmless causes of the alert. */
  falsePositives: string;
  /** What the application must record. */
  needs: string;
}

/** Thresholds by name; `minutes` is the window. */
export type Thresholds = { minutes: number } & Record<string, number>;

/** A rule of the catalogue. `T` is the names of its thresholds besides the window. */
export interface DetectionSource<T extends string> extends DetectionText {
  thresholds: Record<T | 'minutes', number>;
  build: (settings: Settings, thresholds: Record<T | 'minutes', number>) => DetectionParts;
}

/** The parts of a rule that depend on settings and thresholds. */
export interface DetectionParts {
  /** The condition in words. */
  condition: string;
  /** A LogQL metric query that includes the threshold, so that it only returns series above it. */
  query: string;
  /** A LogQL log query for the entries of the window; the newest sets the time of the link in Grafana. */
  entries: string;
  /** The alert's title. */
  summary: (insert: Inserts) => string;
  /** Parameters of the audit page, without the time. */
  page: (insert: Inserts) => AuditPageParams;
  /** The link also filters by the actor: always, or unless the alert has this label. */
  actor?: true | { unless: string };
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
