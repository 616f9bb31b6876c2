import { verifyTrail } from '@auditrail/core/verify';
import { plainText } from '../terminal/plain-text.ts';
import type { Finding } from './retention.ts';
import { verifySource } from '../verify/source.ts';

export interface RecentChainsOptions {
  /** Address of the gateway. */
  url: string;
  token: string;
  tenant: string;
  /** The age of the oldest entries to check, such as `10m`. */
  chains: string;
}

// Younger entries may still be in transit.
const SETTLED = '1m';
const MAX_FINDINGS = 5;

/**
 * Verifies the chains of the last minutes: the only way to notice entries that a component behind the collector accepted
 * and did not store (Loki answers 204 if only the last stream of a request was within its limits). It cannot notice them
 * while all later entries of the emitter are missing too; `auditrail verify` with keys and marks proves more.
 *
 * @throws UsageError for a duration that cannot be read
 */
export async function checkRecentChains(options: RecentChainsOptions): Promise<Finding[]> {
  const { url, token, tenant, chains } = options;
  const report = await verifyTrail(verifySource({ url, token, tenant, from: chains, to: SETTLED }).lines);
  // A time without entries is not a problem.
  if (report.findingCount === 0) {
    return [{ ok: true, what: `tenant ${tenant}, last ${chains}: ${report.lines} entries, no gap in their chains` }];
  }
  const remedy = "see Loki's and the collector's log at that time; auditrail verify shows all findings";
  return report.findings
    .slice(0, MAX_FINDINGS)
    .map(({ text }) => ({ ok: false, what: `tenant ${tenant}: ${plainText(text)}`, remedy }));
}
