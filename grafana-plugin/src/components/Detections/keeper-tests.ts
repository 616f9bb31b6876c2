import type { Firing, Rule } from '@auditrail/core/detections';
import { nsToMs } from '@auditrail/core';
import type { TimeRange } from '@auditrail/core/query';
import { PATHS } from '../../constants.ts';
import { grafanaRequest } from '../../data/grafana-request.ts';
import type { Backtester } from './backtest.ts';

/** A rule in the keeper's answer (`/openapi.json`). */
interface TestedRule {
  id: string;
  condition: string;
  thresholds: Rule['thresholds'];
  isDisabled: boolean;
  canFire: boolean;
  selections: Array<{ use: string; entries: number; fields: string[]; withoutFields?: number }>;
  fired: number;
  firings: Array<{ at: string; since: string; labels: Firing['labels']; value: number }>;
}

/** What the keeper's settings make of a rule. */
export type RuleInUse = Pick<TestedRule, 'condition' | 'thresholds' | 'isDisabled'>;

/** The keeper's maximum. */
const MOST_FIRINGS = 200;
const MINUTE_MS = 60_000;

async function ask(params: Record<string, string | number>, signal: AbortSignal): Promise<TestedRule[]> {
  const url = `${PATHS.proxy}/keeper/v1/detections`;
  const answer = await grafanaRequest({ method: 'GET', url, params }, signal);
  return (answer as { rules: TestedRule[] }).rules;
}

const iso = (ms: number) => new Date(ms).toISOString();

/**
 * The rules with the keeper's settings, by their id.
 *
 * @throws AuditError if there is no keeper that can test rules
 */
export async function rulesInUse(signal: AbortSignal): Promise<ReadonlyMap<string, RuleInUse>> {
  const now = Date.now();
  // A test of no time is quick.
  const rules = await ask({ limit: 0, from: iso(now - MINUTE_MS), to: iso(now) }, signal);
  return new Map(rules.map((rule) => [rule.id, rule]));
}

/** Tests rules in the keeper, which reads only what a rule needs. */
export function keeperBacktester({ start, end }: TimeRange): Backtester {
  const range = { from: iso(nsToMs(start)), to: iso(nsToMs(end)) };
  return {
    async run({ id, thresholds }, signal) {
      const tried = Object.entries(thresholds).map(([name, value]) => `${name}=${value}`);
      const [rule] = await ask({ ...range, rule: id, thresholds: tried.join(','), limit: MOST_FIRINGS }, signal);
      if (!rule) throw new Error(`the keeper has no rule ${id}`);
      const { fired, firings, canFire } = rule;
      // The others overlap with these, or only exclude groups.
      const selections = rule.selections.filter(({ use }) => use !== 'or' && use !== 'except');
      return {
        firings: firings.map(({ at, since, ...rest }) => ({ at: Date.parse(at), since: Date.parse(since), ...rest })),
        total: fired,
        entries: selections.reduce((sum, { entries }) => sum + entries, 0),
        missing: selections.flatMap(({ fields, withoutFields }) => (withoutFields ? fields : [])),
        canFire,
      };
    },
  };
}
