import { SEVERITIES, type Rule } from '@auditrail/core/detections';
import type { Coverage } from './coverage.ts';
import type { Backtest } from './use-backtests.ts';

/** What the page knows about a rule. */
export interface RuleState {
  rule: Rule;
  coverage: Coverage;
  /** Whether the keeper's settings disable it. */
  isDisabled: boolean;
  /** The number of entries that a backtest reads, if known. */
  toRead: number | undefined;
  test: Backtest | undefined;
}

const CONDITIONS = ['all', 'ready', 'not-ready', 'fired'] as const;
export type RuleCondition = (typeof CONDITIONS)[number];
export type SeverityChoice = (typeof SEVERITIES)[number] | 'all';

/** What the page shows. All of it is in the address. */
export interface Choice {
  search: string;
  severity: SeverityChoice;
  condition: RuleCondition;
  /** The id of the open rule. */
  rule: string | undefined;
}

const isOneOf = <T extends string>(list: readonly T[], word: string | null): word is T =>
  (list as ReadonlyArray<string | null>).includes(word);

export function parseChoice(params: URLSearchParams): Choice {
  const [severity, condition] = [params.get('severity'), params.get('state')];
  return {
    search: params.get('q') ?? '',
    severity: isOneOf(SEVERITIES, severity) ? severity : 'all',
    condition: isOneOf(CONDITIONS, condition) ? condition : 'all',
    rule: params.get('rule') ?? undefined,
  };
}

/** The parameters of an address with this choice; others stay. */
export function printChoice(params: URLSearchParams, { search, severity, condition, rule }: Choice): URLSearchParams {
  const next = new URLSearchParams(params);
  const values = {
    q: search,
    severity: severity === 'all' ? '' : severity,
    state: condition === 'all' ? '' : condition,
  };
  for (const [name, value] of Object.entries({ ...values, rule: rule ?? '' })) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}

/** The number of alerts that a rule would have raised, if known. */
export const alertsOf = ({ test }: RuleState): number | undefined =>
  test?.state === 'done' ? test.result.total : undefined;

export function isNotReady({ coverage, test }: RuleState): boolean {
  const lacksFields = test?.state === 'done' && test.result.missing.length > 0;
  return coverage.state === 'absent' || coverage.state === 'keeper' || lacksFields;
}

export function isShown(state: RuleState, { search, severity, condition }: Choice): boolean {
  const { rule, coverage } = state;
  const words = search.trim().toLowerCase().split(/\s+/);
  const text = [rule.id, rule.title, rule.technique, rule.tactic, rule.condition, rule.meaning].join(' ').toLowerCase();
  if (!words.every((word) => text.includes(word))) return false;
  if (severity !== 'all' && rule.severity !== severity) return false;
  if (condition === 'ready') return coverage.state === 'ready' && !isNotReady(state);
  if (condition === 'not-ready') return isNotReady(state);
  return condition === 'all' || (alertsOf(state) ?? 0) > 0;
}
