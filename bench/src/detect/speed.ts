import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { startStack } from '@auditrail/stack';
import { msToNs } from '@auditrail/core';
import type { AlertRule } from '../../../provisioning/rules.ts';
import { median } from '../figures.ts';
import { discard, loadEntries, withoutTimeSharding } from '../load-entries.ts';

const TENANT = 'speed';
const DAY_MS = 24 * 3_600_000;
const ROUNDS = 3;

export interface SpeedOptions {
  folder: string;
  entries: number;
  days: number;
  seed: number;
  log: (line: string) => void;
  /** The evaluations are measured after this, when nothing else needs the processors. */
  after: Promise<unknown>;
}

/**
 * How long Loki needs for one evaluation of each rule, in milliseconds: the median of three. The entries are evenly over the
 * days before, in the streams of a month of live entries, and none of them is newer than the evaluation.
 */
export async function measureSpeed(rules: readonly AlertRule[], options: SpeedOptions): Promise<Map<string, number>> {
  const { folder, entries, days, seed, log, after } = options;
  const overrides = join(folder, 'speed.yaml');
  writeFileSync(overrides, withoutTimeSharding(TENANT));
  const stack = await startStack({ dataDir: join(folder, 'speed'), overrides, progress: { log, update: log } });
  try {
    const { loki } = stack.urls;
    const end = Math.floor(Date.now() / 1000) * 1000;
    const range = { start: msToNs(end - days * DAY_MS), end: msToNs(end) };
    await loadEntries({ loki, tenant: TENANT, entries, range, seed, log });
    await after;
    const times = new Map<string, number>();
    for (const { id, query } of rules) {
      const each: number[] = [];
      for (let i = 0; i < ROUNDS; i++) each.push(await evaluationMs(loki, query, end));
      times.set(id, median(each));
    }
    return times;
  } finally {
    await discard(stack);
  }
}

async function evaluationMs(loki: string, query: string, at: number): Promise<number> {
  const began = performance.now();
  const response = await fetch(`${loki}/loki/api/v1/query`, {
    method: 'POST',
    headers: { 'X-Scope-OrgID': TENANT },
    body: new URLSearchParams({ query, time: String(at * 1_000_000) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Loki refused a rule: ${response.status} ${text}`);
  return performance.now() - began;
}
