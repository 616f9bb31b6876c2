import { join } from 'node:path';
import { startStack } from '@auditrail/stack';
import { ALERT_RULES } from '../../../provisioning/rules.ts';
import { ruleHistory } from '../../../provisioning/testing/rule-history.ts';
import { timedEntries } from '../../../provisioning/testing/scenarios/entries.ts';
import { attacks, grouped, nearMisses, type Play } from '../../../provisioning/testing/scenarios/index.ts';
import {
  alertsOf,
  hasLabels,
  recordTimed,
  rulesNow,
  rulesWhenFiring,
  writeRules,
} from '../../../provisioning/testing/scenarios/live.ts';
import { discard } from '../load-entries.ts';
import { benignDay } from './benign-day.ts';

const ATTACKED = 'attacked';
const BENIGN = 'benign';
const DAY_MS = 24 * 3_600_000;
// The ruler's default interval.
const EVERY_SECONDS = 60;

/** What was found about the rules, by their ids. */
export interface Proof {
  /** Rules whose attacks all raised the right alert, and the attacks that did not. */
  missed: Play[];
  /** Near misses that raised an alert. */
  falselyFired: Play[];
  /** Alerts about the benign day, as the rule's title and the labels. */
  falseAlarms: string[];
  benignEntries: number;
}

/** Plays the scenarios of all rules and the benign day in a real ruler. */
export async function proveRules(folder: string, seed: number, log: (line: string) => void): Promise<Proof> {
  const groups = grouped(nearMisses());
  const near = groups.map((plays, i) => ({ tenant: `near-${i}`, plays }));
  const tenants = [ATTACKED, BENIGN, ...near.map(({ tenant }) => tenant)];
  const rulesDir = join(folder, 'rules');
  writeRules(rulesDir, tenants);
  const progress = { log, update: log };
  const stack = await startStack({ dataDir: join(folder, 'prove'), rulesDir, ruleEvery: '5s', progress });
  try {
    const endMs = Date.now();
    const day = benignDay({ endMs, seed });
    await recordTimed(stack, BENIGN, day);
    log(`${day.length} entries of a benign day recorded`);
    const record = (tenant: string, plays: readonly Play[]) =>
      recordTimed(
        stack,
        tenant,
        plays.flatMap(({ steps }) => timedEntries(steps, endMs)).toSorted((a, b) => a.ms - b.ms),
      );
    for (const { tenant, plays } of near) await record(tenant, plays);
    const attacked = attacks();
    await record(ATTACKED, attacked);
    log(`${attacked.length} attacks and ${groups.flat().length} near misses recorded`);

    const [rules, benign, ...nearRules] = await Promise.all([
      rulesWhenFiring(stack, ATTACKED, attacked),
      rulesNow(stack, BENIGN),
      ...near.map(({ tenant }) => rulesNow(stack, tenant)),
    ]);
    const missed = attacked.filter((play) => !alertsOf(play, rules).some((alert) => hasLabels(play, alert)));
    const falselyFired = near.flatMap(({ plays }, i) =>
      plays.filter((play) => alertsOf(play, nearRules[i] ?? []).length > 0),
    );
    const live = benign.flatMap(({ name, alerts }) => alerts.map(({ labels }) => `${name}: ${JSON.stringify(labels)}`));
    const past: string[] = [];
    for (const { title, query } of ALERT_RULES) {
      const options = { lokiUrl: stack.urls.loki, tenant: BENIGN, from: endMs - DAY_MS, to: endMs };
      const found = await ruleHistory({ ...options, query, stepSeconds: EVERY_SECONDS });
      past.push(...found.map(({ labels }) => `${title}: ${JSON.stringify(labels)}`));
    }
    log('all minutes of the benign day evaluated');
    return { missed, falselyFired, falseAlarms: [...live, ...past], benignEntries: day.length };
  } finally {
    await discard(stack);
  }
}
