import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALERT_RULES } from '../../../provisioning/rules.ts';
import type { Benchmark } from '../benchmark.ts';
import { round } from '../figures.ts';
import { proveLate } from './late.ts';
import { measureSpeed } from './speed.ts';
import { proveRules } from './prove.ts';

const DAYS = 30;
const ENTRIES = 2_000_000;

/** Plays an attack, near misses and a benign day for each alert rule, and measures how long its evaluation takes. */
export const detect: Benchmark = async ({ quick, entries = ENTRIES, seed, log }) => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-bench-'));
  try {
    // The ruler's default, but not in a quick run.
    const everySeconds = quick ? 10 : 60;
    // A quick run has one day, with as many entries as each of the 30: no rule looks at more.
    const days = quick ? 1 : DAYS;
    const loaded = Math.round((entries * days) / DAYS);
    const proveAndMeasure = async (after: Promise<unknown>) => {
      const proof = await proveRules(folder, seed, log);
      return { proof, ms: await measureSpeed(ALERT_RULES, { folder, entries: loaded, days, seed, log, after }) };
    };
    // The late attack mostly waits.
    const proving = proveLate({ folder, seed, everySeconds, log });
    const [late, { proof, ms }] = await Promise.all([proving, proveAndMeasure(proving)]);

    const isOf = (id: string) => (play: { rule: { id: string } }) => play.rule.id === id;
    log(`${'rule'.padEnd(46)} attack fires  near misses silent  ms`);
    for (const { id, title } of ALERT_RULES) {
      const fires = proof.missed.some(isOf(id)) ? 'NO' : 'yes';
      const silent = proof.falselyFired.some(isOf(id)) ? 'NO' : 'yes';
      log(`${title.padEnd(46)} ${fires.padEnd(13)} ${silent.padEnd(19)} ${Math.round(ms.get(id) ?? NaN)}`);
    }
    for (const { rule, name } of proof.missed) log(`did not fire: ${rule.title}, ${name}`);
    for (const { rule, name } of proof.falselyFired) log(`fired falsely: ${rule.title}, ${name}`);
    for (const alarm of proof.falseAlarms) log(`false alarm: ${alarm}`);
    for (const alarm of late.falseAlarms) log(`false alarm after the backlog: ${alarm}`);

    const slowest = Math.max(...ms.values());
    const missed = new Set(proof.missed.map(({ rule }) => rule.id));
    return {
      rules: ALERT_RULES.length,
      fired_in_scenario: ALERT_RULES.length - missed.size,
      near_misses_fired: proof.falselyFired.length,
      false_alarms_24h: proof.falseAlarms.length,
      late_attack_alert_s: typeof late.seconds === 'number' ? round(late.seconds) : late.seconds,
      late_attack_alerts: late.alerts,
      late_false_alarms: late.falseAlarms.length,
      late_rule_every_s: everySeconds,
      benign_entries: proof.benignEntries,
      // A name of its own for a quick run, whose figure is of fewer entries.
      ...(loaded === ENTRIES ? { slowest_rule_ms_2m: round(slowest) } : { slowest_rule_ms: round(slowest) }),
      slowest_rule: ALERT_RULES.find(({ id }) => ms.get(id) === slowest)?.title ?? '',
      speed_entries: loaded,
      speed_days: days,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
