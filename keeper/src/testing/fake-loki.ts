import { actorKeyBucket, AuditError } from '@auditrail/core';
import { TIME_SUM } from '@auditrail/core/query';
import { LOKI_PATHS, type LokiClient, type LokiLine } from '@auditrail/core/loki';

export interface FakeLoki extends LokiClient {
  /** The stored lines; a test can add lines at any time. */
  lines: LokiLine[];
  /** Labels of all lines. */
  labels: Record<string, string>;
  /** Its answer about limits, beyond the page. */
  limits: Record<string, unknown>;
  requests: { query: string; start: bigint; end: bigint; limit: number }[];
  /** Called before each answer; can throw the error of the request. */
  before: (request: FakeLoki['requests'][number]) => void | Promise<void>;
}

/**
 * For tests without a real Loki: answers a query_range with its newest lines, in any order, as Loki does. Of a query, it
 * applies only the end of the id and the actor's bucket; the bucket of a line is that of the end of its id. A query with a step
 * is one of `readTimeSums`.
 */
export function fakeLoki(lines: LokiLine[] = []): FakeLoki {
  const fake: FakeLoki = {
    lines,
    labels: {},
    limits: {},
    requests: [],
    before: () => undefined,
    async get(path, params, signal) {
      if (path === LOKI_PATHS.limits) return { limits: { max_entries_limit_per_query: 5_000, ...fake.limits } };
      const { query = '', start = '', end = '', limit = '' } = params;
      const request = { query, start: BigInt(start), end: BigInt(end), limit: Number(limit) };
      fake.requests.push(request);
      if (request.end < request.start) throw new AuditError('LOKI_REFUSED', 'end is before start', { status: 400 });
      await fake.before(request);
      signal?.throwIfAborted();
      if (request.limit > 5_000) throw new AuditError('LOKI_REFUSED', 'max entries limit', { status: 400 });
      const [, part] = /audit_record_id(=""|=~"[^"]*")/.exec(query) ?? [];
      const end4 = part === undefined ? undefined : (/([0-9a-f]*)"$/.exec(part)?.[1] ?? '');
      const inPart = ({ line }: LokiLine) => {
        const id = /"id":"([^"]*)"/.exec(line)?.[1];
        if (end4 === undefined) return true;
        return end4 === '' ? id === undefined : (id?.endsWith(end4) ?? false);
      };
      const [, sign, named] = /audit_actor_bucket([=!])~"([^"]*)"/.exec(query) ?? [];
      const buckets = named?.split('|');
      const inBucket = ({ line }: LokiLine) => {
        if (buckets === undefined) return true;
        const end = /"id":"[^"]*([0-9a-f]{2})"/.exec(line)?.[1];
        return buckets.includes(end === undefined ? '' : actorKeyBucket(end)) === (sign === '=');
      };
      if (params['step'] !== undefined) {
        const values = timeSums(fake.lines, request, Number.parseInt(params['step'], 10));
        const result = values.length > 0 ? [{ metric: {}, values }] : [];
        return { status: 'success', data: { resultType: 'matrix', result } };
      }
      const found = fake.lines
        .filter((line) => line.ns >= request.start && line.ns < request.end && inPart(line) && inBucket(line))
        .sort((a, b) => (a.ns < b.ns ? 1 : a.ns > b.ns ? -1 : 0))
        .slice(0, request.limit);
      const values = found.map(({ ns, line }) => [String(ns), line]);
      const half = Math.floor(values.length / 2);
      const result = [values.slice(half), values.slice(0, half)].map((values) => ({ stream: fake.labels, values }));
      return { status: 'success', data: { resultType: 'streams', result } };
    },
  };
  return fake;
}

function timeSums(lines: readonly LokiLine[], { start, end }: { start: bigint; end: bigint }, seconds: number) {
  const step = BigInt(seconds) * 1_000_000_000n;
  const { base, inner, outer } = TIME_SUM;
  const sums = new Map<bigint, number>();
  for (const { ns } of lines) {
    const until = ((ns - 1n) / step + 1n) * step;
    if (until < start || until > end) continue;
    sums.set(until, (sums.get(until) ?? 0) + Number(BigInt(base) + ((ns % BigInt(inner)) ** 2n % BigInt(outer))));
  }
  return [...sums].map(([until, sum]) => [Number(until / 1_000_000n) / 1000, String(sum)]);
}
