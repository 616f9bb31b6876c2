import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTime, msToNs } from '@auditrail/core';
import { createAuditLogger } from '@auditrail/sdk';
import type { RunningStack } from '@auditrail/stack';
import { sendEntries, waitForTrail } from '@auditrail/stack/testing';
import { evaluatedRules, type Rule } from '../ruler.ts';
import { completeAt, type TimedEntry } from './entries.ts';
import type { Play } from './index.ts';

const RULES = new URL('../../loki/rules/audit', import.meta.url).pathname;

/** Writes the generated rules into a folder of the ruler, for each tenant. */
export function writeRules(folder: string, tenants: readonly string[]): void {
  for (const tenant of tenants) {
    mkdirSync(join(folder, tenant), { recursive: true });
    cpSync(RULES, join(folder, tenant), { recursive: true });
  }
}

// Enough entries to share each disk sync.
const AT_ONCE = 500;

/** Records entries with their times, and waits until Loki has them. Those of a given application come without the SDK. */
export async function recordTimed(
  stack: Pick<RunningStack, 'urls' | 'tokensFor'>,
  tenant: string,
  entries: readonly TimedEntry[],
): Promise<void> {
  const foreign = entries.filter(({ service }) => service !== undefined).map(completeAt);
  if (foreign.length > 0) await sendEntries(stack, tenant, foreign);
  const own = entries.filter(({ service }) => service === undefined);
  const spool = mkdtempSync(join(tmpdir(), 'auditrail-scenarios-'));
  const to = { endpoint: stack.urls.collector, tenant, token: stack.tokensFor(tenant).write };
  const audit = createAuditLogger({ service: 'scenarios', spool, ...to });
  try {
    for (let i = 0; i < own.length; i += AT_ONCE) {
      const part = own.slice(i, i + AT_ONCE);
      await Promise.all(part.map(({ ms, entry }) => audit.record({ ...entry, time: formatTime(msToNs(ms)) })));
    }
    await audit.flush({ timeoutMs: 60_000 });
  } finally {
    await audit.shutdown();
    rmSync(spool, { recursive: true, force: true });
  }
  // The collector's queue delivers those without the SDK, which can take longer on a busy machine.
  const ids = foreign.map(({ id }) => id);
  if (ids.length > 0) {
    const query = { filters: [{ field: 'id', operator: 'is any of', values: ids } as const] };
    await waitForTrail(stack, tenant, ids.length, { query, timeoutMs: 60_000 });
  }
}

/** The rules of a tenant after an evaluation that saw everything recorded so far. */
export const rulesNow = ({ urls }: Pick<RunningStack, 'urls'>, tenant: string): Promise<Rule[]> =>
  // Accepted entries are in Loki within the collector's flush time, far less than a second.
  evaluatedRules(urls.loki, tenant, Date.now() + 2_000);

/** The rules of a tenant as soon as all plays fire, or at the latest 20 seconds after the first evaluation. */
export async function rulesWhenFiring(
  stack: Pick<RunningStack, 'urls'>,
  tenant: string,
  plays: readonly Play[],
): Promise<Rule[]> {
  for (const end = Date.now() + 20_000; ;) {
    const rules = await rulesNow(stack, tenant);
    const isFiring = (play: Play) => alertsOf(play, rules).some((alert) => hasLabels(play, alert));
    if (plays.every(isFiring) || Date.now() > end) return rules;
  }
}

type Alert = Rule['alerts'][number];

/** The firing alerts of a play's rule that are about its cast. */
export const alertsOf = ({ rule, cast }: Play, rules: readonly Rule[]): Alert[] =>
  rules
    .filter(({ name }) => name === rule.title)
    .flatMap(({ alerts }) => alerts)
    .filter(({ state, labels }) => state === 'firing' && cast.concerns(labels));

/** Whether an alert has the labels that a play expects. */
export const hasLabels = ({ labels: expected = {} }: Play, { labels }: Alert): boolean =>
  Object.entries(expected).every(([name, value]) => labels[name] === value);
