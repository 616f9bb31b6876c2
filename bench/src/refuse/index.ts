import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStackWithProxy, type ChooseFault } from '@auditrail/stack/testing';
import { stringify } from 'yaml';
import type { Benchmark, Figures } from '../benchmark.ts';
import { runTrial, type TrialResult } from './run-trial.ts';
import { HIDDEN_TRIALS, INPUT_TRIALS, LIMIT_TRIALS, PROXY_TRIALS, type Trial } from './trials.ts';

const CONCURRENCY = 10;

/** Runs trials in which Loki or a proxy refuses entries. Each entry must be stored, be a dead letter, or wait in the spool. */
export const refuse: Benchmark = async ({ quick, log }) => {
  const trials = [...PROXY_TRIALS, ...INPUT_TRIALS, ...LIMIT_TRIALS, ...HIDDEN_TRIALS];
  const tenants = trials.map((_, i) => `refuse-${i}`);
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-refuse-'));
  const overrides = join(folder, 'overrides.yaml');
  const limits = trials.flatMap((trial, i) => (trial.limits ? [[tenants[i] ?? '', trial.limits] as const] : []));
  writeFileSync(overrides, stringify({ overrides: Object.fromEntries(limits) }));
  const faultChoosers = new Map<string, ChooseFault>();
  const { stack, proxy } = await startStackWithProxy({
    dataDir: join(folder, 'stack'),
    overrides,
    progress: { log, update: log },
  });
  try {
    proxy.fail((request) => faultChoosers.get(request.tenant)?.(request));
    const results: TrialResult[] = [];
    const queue = trials.map((trial, i) => ({ trial, tenant: tenants[i] ?? '' }));
    const context = { stack, proxy, faultChoosers, settleMs: quick ? 8_000 : 20_000 };
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const result = await runTrial(next.trial, { ...context, tenant: next.tenant });
        results.push(result);
        log(row(result, next.trial));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return figuresOf(results);
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

function row(result: TrialResult, { held }: Trial): string {
  const { name, receipts, stored, dead, falseDead, waiting, lost, twice, altered, noticeS, notice } = result;
  const logged = noticeS === undefined ? 'not logged' : `logged after ${noticeS.toFixed(1)} s: ${notice}`;
  return (
    `${lost > 0 || falseDead > 0 ? 'BAD ' : 'ok  '}${name}: ${receipts} receipts, ${stored} stored, ${dead} dead letters ` +
    `(${falseDead} false), ${waiting} waiting${held ? ' (held)' : ''}, ${lost} lost, ${twice} twice, ${altered} altered; ${logged}`
  );
}

function figuresOf(results: readonly TrialResult[]): Figures {
  const sum = (of: (result: TrialResult) => number) => results.reduce((total, result) => total + of(result), 0);
  return {
    trials: results.length,
    receipts: sum(({ receipts }) => receipts),
    lost: sum(({ lost }) => lost),
    lost_unnoticed: sum(({ lost, noticeS }) => (noticeS === undefined ? lost : 0)),
    false_dead_letters: sum(({ falseDead }) => falseDead),
    dead_letters: sum(({ dead }) => dead),
    altered: sum(({ altered }) => altered),
    slowest_notice_s: Math.max(...results.map(({ noticeS }) => noticeS ?? 0)),
  };
}
