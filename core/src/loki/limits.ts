import * as z from 'zod/mini';
import { LIMITS } from '../limits.ts';
import { parseDurationMs } from './duration.ts';
import { LOKI_PATHS, type LokiClient } from './client.ts';

/** The limits and retention of a Loki that readers need. Times are milliseconds. */
export interface LokiLimits {
  /** Most entries of one answer (`max_entries_limit_per_query`), at most `LIMITS.pageEntriesMax`. */
  pageEntries: number;
  /** Longest time span of one query (`max_query_length`), at most `LIMITS.querySpanMs`. */
  spanMs: number;
  /** Nothing is kept longer than this: the longest retention. Missing if it is unlimited or unknown. */
  keptMs?: number;
  /** The shortest retention, if some streams have a shorter one. */
  keptLeastMs?: number;
  /** No query looks back further (`max_query_lookback`); Loki cuts longer ranges silently. */
  lookbackMs?: number;
}

/** The limits of a Loki that does not report them: Loki's own defaults. */
export const DEFAULT_LOKI_LIMITS: LokiLimits = { pageEntries: LIMITS.pageEntriesMax, spanMs: LIMITS.querySpanMs };

const answer = z.object({
  limits: z.object({
    max_entries_limit_per_query: z.optional(z.number()),
    max_query_length: z.optional(z.string()),
    max_query_range: z.optional(z.string()),
    max_query_lookback: z.optional(z.string()),
    retention_period: z.optional(z.string()),
    retention_stream: z.nullish(z.array(z.object({ period: z.string() }))),
  }),
});

// Zero means no limit to Loki.
const durationOf = (text: string | undefined) => (text && parseDurationMs(text)) || undefined;

/** The limits in an answer of `drilldown-limits`, with defaults for missing ones. */
export function parseLokiLimits(body: unknown): LokiLimits {
  const parsed = answer.safeParse(body);
  if (!parsed.success) return DEFAULT_LOKI_LIMITS;
  const { limits } = parsed.data;
  const spans = [limits.max_query_length, limits.max_query_range].map(durationOf);
  const kept = durationOf(limits.retention_period);
  const streams = (limits.retention_stream ?? []).map(({ period }) => durationOf(period));
  const all = [kept, ...streams];
  // Unlimited retention is the longest.
  const longest = all.includes(undefined) ? undefined : Math.max(...all.map((ms) => ms ?? 0));
  const shortest = Math.min(...all.map((ms) => ms ?? Infinity));
  const lookback = durationOf(limits.max_query_lookback);
  return {
    pageEntries: Math.min(limits.max_entries_limit_per_query || Infinity, LIMITS.pageEntriesMax),
    // Leaves a millisecond for windows that are rounded up.
    spanMs: Math.min(LIMITS.querySpanMs, ...spans.map((ms) => (ms === undefined ? Infinity : Math.max(1, ms - 1)))),
    ...(longest !== undefined && { keptMs: longest }),
    ...(shortest !== (longest ?? Infinity) && { keptLeastMs: shortest }),
    ...(lookback !== undefined && { lookbackMs: lookback }),
  };
}

const known = new WeakMap<LokiClient, Promise<LokiLimits>>();
const MOST_WAIT_MS = 5_000;

/**
 * The limits of a Loki, requested once for each client; all reading stays within them. Never rejects: if Loki does not
 * report them (an older one, or a proxy that refuses the request), they are Loki's defaults, and they are requested again
 * the next time.
 */
export function lokiLimits(loki: LokiClient): Promise<LokiLimits> {
  let limits = known.get(loki);
  if (!limits) {
    const waited = AbortSignal.timeout(MOST_WAIT_MS);
    limits = loki.get(LOKI_PATHS.limits, {}, waited).then(parseLokiLimits, () => {
      known.delete(loki);
      return DEFAULT_LOKI_LIMITS;
    });
    known.set(loki, limits);
  }
  return limits;
}
