import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTime, msToNs, type AuditEntryInput } from '@auditrail/core';
import { createAuditLogger } from '@auditrail/sdk';
import type { RunningStack } from '@auditrail/stack';
import { evaluatedRules, type Rule } from '../ruler.ts';
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

/** Records entries with their times, and waits until Loki has them. */
export async function recordTimed(
  { urls, tokensFor }: Pick<RunningStack, 'urls' | 'tokensFor'>,
  tenant: string,
  entries: readonly { ms: number; entry: AuditEntryInput }[],
): Promise<void> {
  const spool = mkdtempSync(join(tmpdir(), 'auditrail-scenarios-'));
  const token = tokensFor(tenant).write;
  const audit = createAuditLogger({ service: 'scenarios', spool, endpoint: urls.collector, tenant, token });
  try {
    for (let i = 0; i < entries.length; i += AT_ONCE) {
      const part = entries.slice(i, i + AT_ONCE);
      await Promise.all(part.map(({ ms, entry }) => audit.record({ ...entry, time: formatTime(msToNs(ms)) })));
    }
    await audit.flush({ timeoutMs: 60_000 });
  } finally {
    await audit.shutdown();
    rmSync(spool, { recursive: true, force: true });
  }
}

/** The rules of a tenant after an evaluation that saw everything recorded so far. */
export const rulesNow = ({ urls }: Pick<RunningStack, 'urls'>, tenant: string): Promise<Rule[]> =>
  // Accepted entries are in Loki within the collector's flush time, far less than a second.
  evaluatedRules(urls.loki, tenant, Date.now() + 2_000);

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
