import { detectionRules, patternQuery, type Rule, type Settings } from '@auditrail/core/detections';
import { PANEL_IDS } from './dashboards/panel-ids.ts';
import { SETTINGS } from './settings.ts';

/** A rule with its query and the related panel of the dashboard. */
export interface AlertRule extends Rule {
  /** A LogQL metric query that includes the thresholds. */
  query: string;
  panel: (typeof PANEL_IDS)[keyof typeof PANEL_IDS];
}

// Other rules have the panel of the most frequent actions.
const PANELS: Readonly<Record<string, AlertRule['panel']>> = {
  'auditrail-brute-force-ip': PANEL_IDS.failedSignInsByAddress,
  'auditrail-brute-force-account': PANEL_IDS.failedSignInsByUser,
  'auditrail-distributed-brute-force': PANEL_IDS.failedSignInsByUser,
  'auditrail-password-spraying': PANEL_IDS.failedSignInsByAddress,
  'auditrail-credential-stuffing': PANEL_IDS.failedSignInsByAddress,
  'auditrail-mfa-fatigue': PANEL_IDS.failedSignInsByUser,
  'auditrail-success-after-failures': PANEL_IDS.failedSignInsByUser,
  'auditrail-success-from-sprayer': PANEL_IDS.failedSignInsByAddress,
  'auditrail-mass-deletion': PANEL_IDS.topActors,
  'auditrail-mass-export': PANEL_IDS.topActors,
  'auditrail-denied-attempts': PANEL_IDS.latestFailures,
  'auditrail-agent-without-owner': PANEL_IDS.topActors,
};

/** The rules with settings applied, for rule files. */
export const alertRules = (settings: Settings): AlertRule[] =>
  detectionRules(settings).map((rule) => ({
    ...rule,
    query: patternQuery(rule.pattern),
    panel: PANELS[rule.id] ?? PANEL_IDS.topActions,
  }));

/** Auditrail's alert rules, with the overrides of detections.yaml. */
export const ALERT_RULES: readonly AlertRule[] = alertRules(SETTINGS);
