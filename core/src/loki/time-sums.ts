import { parseMatrix } from './answer.ts';
import { LOKI_PATHS, type LokiClient } from './client.ts';
import { timeSumQuery, type TimeRange } from '../query/logql.ts';

/**
 * For each window of time with lines, a sum over the times of its lines (`TIME_SUM`): to find out if another store has
 * the same lines, at about three times the price of counting them. Loki includes the end of a
 * window, not its start. A copy that Loki holds twice can count twice, and a sum over 2^53 is not exact; so different sums
 * need not mean different lines.
 *
 * @param range whole windows since 1970
 * @returns sums by the end of the window, in nanoseconds since 1970
 * @throws AuditError as `readEntries` does
 */
export async function readTimeSums(
  loki: LokiClient,
  { range, windowSeconds, signal }: { range: TimeRange; windowSeconds: number; signal?: AbortSignal | undefined },
): Promise<Map<bigint, number>> {
  const step = BigInt(windowSeconds) * 1_000_000_000n;
  const params = {
    query: timeSumQuery({}, windowSeconds),
    start: String(range.start + step),
    end: String(range.end),
    step: `${windowSeconds}s`,
  };
  const series = parseMatrix(await loki.get(LOKI_PATHS.queryRange, params, signal));
  return new Map(
    series.flatMap(({ points }) =>
      points.map(([ms, sum]): [bigint, number] => [BigInt(Math.round(ms)) * 1_000_000n, sum]),
    ),
  );
}
