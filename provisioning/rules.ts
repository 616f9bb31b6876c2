import { alertRules, type AlertRule } from './detections/catalogue.ts';
import { SETTINGS } from './detections/settings.ts';

export type { AlertRule };

/** Auditrail's alert rules, with the overrides of detections.yaml. */
export const ALERT_RULES: readonly AlertRule[] = alertRules(SETTINGS);
