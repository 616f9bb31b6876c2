import type { Detection, DetectionParts, DetectionText, Thresholds } from './detection.ts';
import { ACCOUNT_ANALYSES, AGENT_ANALYSES } from './analyses.ts';
import { MISUSE_RULES } from './misuse.ts';
import { RIGHTS_RULES } from './rights.ts';
import { settingsError, type Settings } from './settings.ts';
import { SIGN_IN_RULES } from './sign-in.ts';
import { SECOND_FACTOR_RULES } from './second-factor.ts';
import { TAKEOVER_RULES } from './takeover.ts';
import { TRAIL_RULES } from './trail.ts';

/** The rules by family, with the heading of the documentation. */
export const FAMILIES: readonly { title: string; rules: readonly Detection[] }[] = [
  { title: 'Sign-in', rules: SIGN_IN_RULES },
  { title: 'Takeover of an account', rules: [...TAKEOVER_RULES, ...SECOND_FACTOR_RULES, ...ACCOUNT_ANALYSES] },
  { title: 'Rights and accounts', rules: RIGHTS_RULES },
  { title: 'Misuse', rules: [...MISUSE_RULES, ...AGENT_ANALYSES] },
  { title: 'The audit log itself', rules: TRAIL_RULES },
];

/** All rules of the catalogue. */
export const CATALOGUE: readonly Detection[] = FAMILIES.flatMap(({ rules }) => rules);

/** A rule with settings and thresholds applied. */
export interface Rule extends DetectionText, DetectionParts {
  thresholds: Thresholds;
  /** The section of the documentation. */
  runbookUrl: string;
}

/** The anchor of a heading, as GitHub and most wikis make it. */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');

/**
 * A rule with settings applied.
 *
 * @param tried thresholds that replace those of the settings
 * @example ruleOf(CATALOGUE[0], parseSettings({}), { failures: 40 }).pattern
 */
export function ruleOf(detection: Detection, settings: Settings, tried: Readonly<Record<string, number>> = {}): Rule {
  const { defaults, build, ...text } = detection;
  const thresholds = { ...defaults, ...settings.thresholds[text.id], ...tried };
  const runbookUrl = `${settings.docsUrl}/detections.md#${anchorOf(text.title)}`;
  return { ...text, ...build(settings, thresholds), thresholds, runbookUrl };
}

/**
 * The rules that are not disabled, with settings applied.
 *
 * @throws Error if an override names a rule or a threshold that does not exist.
 */
export function detectionRules(settings: Settings, catalogue: readonly Detection[] = CATALOGUE): Rule[] {
  const problems = [
    ...settings.disabled
      .filter((id) => !catalogue.some((rule) => rule.id === id))
      .map((id) => `disabled: there is no rule "${id}"`),
    ...Object.entries(settings.thresholds).flatMap(([id, given]) => {
      const rule = catalogue.find((known) => known.id === id);
      if (!rule) return [`thresholds: there is no rule "${id}"`];
      const names = Object.keys(rule.defaults);
      return Object.keys(given)
        .filter((name) => !names.includes(name))
        .map((name) => `thresholds.${id}: there is no "${name}", only ${names.join(', ')}`);
    }),
  ];
  if (problems.length > 0) throw settingsError(problems);
  return catalogue.filter(({ id }) => !settings.disabled.includes(id)).map((rule) => ruleOf(rule, settings));
}
