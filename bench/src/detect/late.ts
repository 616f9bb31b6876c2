import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startStack, type RunningStack } from '@auditrail/stack';
import { sendEntries, testEntry } from '@auditrail/stack/testing';
import { timedEntries } from '../../../provisioning/testing/scenarios/entries.ts';
import { attacks, type Play } from '../../../provisioning/testing/scenarios/index.ts';
import { recordTimed, writeRules } from '../../../provisioning/testing/scenarios/live.ts';
import { evaluatedRules, type Rule } from '../../../provisioning/testing/ruler.ts';
import { discard } from '../load-entries.ts';
import { benignDay } from './benign-day.ts';
import { startLateKeeper, type LateKeeper } from './late-keeper.ts';

const TENANT = 'audit';
const TOKEN = 'intake-token-of-the-benchmark';
const HOUR_MS = 3_600_000;
// The backlog is a day of entries that ended two hours ago.
const DAY_ENDED_MS = 2 * HOUR_MS;
const LATE_MS = 20 * HOUR_MS;
const GIVE_UP_MS = 180_000;
// The keeper judges when no late entries have arrived for 5 seconds.
const JUDGED_WITHIN_MS = 8_000;

export interface LateOptions {
  folder: string;
  seed: number;
  /** Seconds between two evaluations of the ruler. */
  everySeconds: number;
  log: (line: string) => void;
}

/** What a backlog with an attack raises. */
export interface LateProof {
  /** From the arrival of the last entry until the ruler's alert fires, or the reason why there was none. */
  seconds: number | string;
  /** Alerts about the attack, after the rest of it was delivered. */
  alerts: number;
  /** Alerts about the rest of the backlog. */
  falseAlarms: string[];
}

/** Delivers the entries of a day with an attack 20 hours ago, as an application that was cut off. */
export async function proveLate({ folder, seed, everySeconds, log }: LateOptions): Promise<LateProof> {
  const play = attacks().find(({ rule }) => rule.id === 'auditrail-brute-force-account');
  if (!play) return { seconds: 'the rule is disabled', alerts: 0, falseAlarms: [] };
  const rulesDir = join(folder, 'late-rules');
  writeRules(rulesDir, [TENANT]);
  const intake = { port: await freePort(), token: TOKEN };
  const keeperIntake = { url: `http://127.0.0.1:${intake.port}`, token: TOKEN };
  const how = { rulesDir, ruleEvery: `${everySeconds}s`, keeperIntake, progress: { log, update: log } };
  const stack = await startStack({ dataDir: join(folder, 'late'), ...how });
  let keeper: LateKeeper | undefined;
  try {
    keeper = await startLateKeeper(stack, { folder: join(folder, 'late-keeper'), tenant: TENANT, intake });
    // What a keeper has at its first start is learned, and not judged.
    await sendEntries(stack, TENANT, [testEntry()]);
    await keeper.logged('the analyser has learned from the entries of before');
    return await deliver(stack, play, { seed, log });
  } finally {
    keeper?.kill();
    await discard(stack);
  }
}

async function deliver(
  stack: RunningStack,
  play: Play,
  { seed, log }: Pick<LateOptions, 'seed' | 'log'>,
): Promise<LateProof> {
  const evaluated = (after: number) => evaluatedRules(stack.urls.loki, TENANT, after, GIVE_UP_MS);
  const attackEnds = Date.now() - LATE_MS;
  const day = benignDay({ endMs: Date.now() - DAY_ENDED_MS, seed });
  const backlog = [...day, ...timedEntries(play.steps, attackEnds)].sort((a, b) => a.ms - b.ms);
  await recordTimed(stack, TENANT, backlog);
  const arrived = Date.now();
  log(`a backlog of ${backlog.length} entries with an attack delivered`);
  let rules: Rule[] = [];
  while (alertsAbout(play, rules).length === 0) {
    if (Date.now() - arrived > GIVE_UP_MS) {
      return { seconds: `no alert within ${GIVE_UP_MS / 1_000} s`, alerts: 0, falseAlarms: [] };
    }
    await sleep(250);
    rules = await evaluated(0);
  }
  const seconds = (Date.now() - arrived) / 1_000;
  log(`the late attack raised an alert after ${seconds} s`);
  await recordTimed(stack, TENANT, timedEntries(play.steps, attackEnds + 30_000));
  rules = await evaluated(Date.now() + JUDGED_WITHIN_MS);
  const others = rules.flatMap(({ alerts }) => alerts).filter(({ labels }) => !play.cast.concerns(labels));
  return {
    ...{ seconds, alerts: alertsAbout(play, rules).length },
    falseAlarms: others.map(({ labels }) => JSON.stringify(labels)),
  };
}

/** The firing alerts that name the rule of an attack and its account. */
const alertsAbout = ({ rule, cast }: Play, rules: readonly Rule[]) =>
  rules
    .flatMap(({ alerts }) => alerts)
    .filter(({ state, labels }) => state === 'firing' && labels['audit_target_id'] === rule.id)
    .filter(({ labels }) => labels['audit_scope_account'] === cast.person());
