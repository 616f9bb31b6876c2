import { httpLokiClient, LOKI_PATHS } from '@auditrail/core/loki';
import { entriesQuery, type EntryQuery, type TimeRange } from '@auditrail/core/query';
import type { RunningStack } from '@auditrail/stack';
import { median } from '../figures.ts';
import { personEmail } from '../load-entries.ts';

const ROUNDS = 5;

/**
 * Measures the page's queries without a page: sent to Loki's API through the same gateway.
 */
export async function measureLoki({ urls, tokensFor }: RunningStack, tenant: string, range: TimeRange) {
  const headers = { Authorization: `Bearer ${tokensFor(tenant).read}` };
  const loki = httpLokiClient({ url: urls.gateway, tenant, headers });
  const measure = async (query: EntryQuery) => {
    const span = { start: String(range.start), end: String(range.end) };
    const began = performance.now();
    await loki.get(LOKI_PATHS.queryRange, {
      query: `${entriesQuery(query)} | keep audit_channel`,
      ...span,
      limit: '100',
      direction: 'backward',
    });
    return performance.now() - began;
  };
  const rows: number[] = [];
  const user: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rows.push(await measure({}));
    // Other people than in the page's queries, so that nothing is cached.
    const values = [personEmail(2_000 + round)];
    user.push(await measure({ filters: [{ field: 'email', operator: 'is', values }] }));
  }
  return { loki_rows_ms: Math.round(median(rows)), loki_user_ms: Math.round(median(user)) };
}
