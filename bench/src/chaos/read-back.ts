import { setTimeout as sleep } from 'node:timers/promises';
import { msToNs } from '@auditrail/core';
import { countEntries, httpLokiClient, type LokiClient } from '@auditrail/core/loki';
import type { TimeRange } from '@auditrail/core/query';
import type { RunningStack } from '@auditrail/stack';
import { compare, type Comparison } from './compare.ts';

const HOUR_MS = 3_600_000;

/** A client for a tenant, through the gateway. */
export function lokiOf({ urls, tokensFor }: RunningStack, tenant: string): LokiClient {
  const headers = { Authorization: `Bearer ${tokensFor(tenant).read}` };
  return httpLokiClient({ url: urls.gateway, tenant, headers });
}

/**
 * Waits until all entries are in Loki, at most `settleMs`, and compares them. After an outage of Loki, the collector tries
 * again only after ten seconds.
 *
 * @param since milliseconds since 1970, at or before the oldest entry
 */
export async function compareWhenComplete(
  loki: LokiClient,
  since: number,
  receipts: ReadonlyMap<string, string>,
  settleMs: number,
): Promise<Comparison & { range: TimeRange; hashes: ReadonlySet<string> }> {
  const range = { start: msToNs(since), end: msToNs(Date.now() + HOUR_MS) };
  const until = Date.now() + settleMs;
  // Counting is fast, but may count copies twice, so the comparison decides.
  while ((await countEntries(loki, { range })) < receipts.size && Date.now() < until) await sleep(500);
  for (;;) {
    const hashes = new Set<string>();
    const found = await compare(loki, range, receipts, (hash) => hashes.add(hash));
    if ((found.lost === 0 && found.chainOk) || Date.now() > until) return { ...found, range, hashes };
    await sleep(1_000);
  }
}
