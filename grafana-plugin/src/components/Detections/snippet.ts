import type { Rule } from '@auditrail/core/detections';

/** Thresholds as they are typed, by name. */
export type Tried = Readonly<Record<string, number>>;

/** The thresholds that differ from those of the rule. */
export function changedThresholds({ thresholds }: Rule, tried: Tried): Record<string, number> {
  return Object.fromEntries(Object.entries(tried).filter(([name, value]) => thresholds[name] !== value));
}

/**
 * The lines for `provisioning/detections.yaml`.
 *
 * @example snippetOf(rule, { failures: 40 }) // 'thresholds:\n  auditrail-brute-force-ip: { failures: 40 }\n'
 */
export function snippetOf(rule: Rule, tried: Tried): string {
  const changed = Object.entries(changedThresholds(rule, tried)).map(([name, value]) => `${name}: ${value}`);
  return `thresholds:\n  ${rule.id}: { ${changed.join(', ')} }\n`;
}
