import { msToNs } from '@auditrail/core';
import { LOKI_PATHS, type LokiClient } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import { retentionDays } from '../../format/retention.ts';
import { CLOCK_GRACE_MS } from '../../state/view-range.ts';

const DAY_MS = 86_400_000;
// If Loki keeps entries indefinitely, or does not report how long.
const LONGEST_DAYS = 5 * 365;

/** The range that can contain an entry: the retention period of Loki. */
export interface SearchRange {
  range: TimeRange;
  /** Days that Loki keeps entries; missing if unlimited or not reported. */
  days?: number;
}

/** Reads Loki's retention period. Some channels may have a shorter one. */
export async function searchRange(loki: LokiClient, signal: AbortSignal): Promise<SearchRange> {
  const answer = await loki.get(LOKI_PATHS.limits, {}, signal);
  const days = retentionDays(retentionOf(answer)) || undefined;
  const now = Date.now();
  const start = msToNs(now - (days ?? LONGEST_DAYS) * DAY_MS);
  return { range: { start, end: msToNs(now + CLOCK_GRACE_MS) }, ...(days !== undefined && { days }) };
}

function retentionOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('limits' in answer)) return undefined;
  const { limits } = answer;
  if (typeof limits !== 'object' || limits === null || !('retention_period' in limits)) return undefined;
  return typeof limits.retention_period === 'string' ? limits.retention_period : undefined;
}
