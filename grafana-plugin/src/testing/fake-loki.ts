import { canonicalJson, completeEntry, parseTime, type AuditEntryInput } from '@auditrail/core';
import { LOKI_PATHS, type LokiClient } from '@auditrail/core/loki';

/** A request that was received. */
export interface LokiRequest {
  path: string;
  params: Record<string, string>;
  signal: AbortSignal | undefined;
}

/** A LokiClient for lines in memory that responds in Loki's format. It supports time, order, and limit, but not LogQL. */
export class FakeLoki implements LokiClient {
  readonly requests: LokiRequest[] = [];
  /** A promise that requests wait for; resolved by default. */
  gate: (request: LokiRequest) => Promise<void> = () => Promise.resolve();
  lines: Array<[ns: bigint, line: string]> = [];
  /** Number of entries for each value, for the lists of filters. */
  values: Record<string, number> = {};

  async get(path: string, params: Record<string, string>, signal?: AbortSignal): Promise<unknown> {
    const request = { path, params, signal };
    this.requests.push(request);
    await this.gate(request);
    signal?.throwIfAborted();
    if (path === LOKI_PATHS.limits) {
      return { limits: { retention_period: '8760h0m0s', max_entries_limit_per_query: 5000 } };
    }
    if (path === LOKI_PATHS.query) return this.count(params);
    return params.step === undefined ? this.read(params) : this.volume(params);
  }

  /** The log queries so far, without those for counts and charts. */
  get queries(): string[] {
    return this.requests.flatMap(({ path, params: { step, query = '' } }) =>
      path === LOKI_PATHS.queryRange && step === undefined ? [query] : [],
    );
  }

  private read({ start = '', end = '', limit = '', direction = '' }: Record<string, string>): unknown {
    const values = this.lines
      .filter(([ns]) => ns >= BigInt(start) && ns < BigInt(end))
      .sort(([a], [b]) => (a < b === (direction === 'forward') ? -1 : 1))
      .slice(0, Number(limit))
      .map(([ns, line]) => [String(ns), line]);
    return { data: { resultType: 'streams', result: values.length > 0 ? [{ stream: {}, values }] : [] } };
  }

  // Windows exclude their start and include their end.
  private outcomes(after: bigint, to: bigint): Map<string, number> {
    const found = new Map<string, number>();
    for (const [ns, line] of this.lines) {
      if (ns <= after || ns > to) continue;
      const outcome = line.includes('"outcome":"failure"') ? 'failure' : 'success';
      found.set(outcome, (found.get(outcome) ?? 0) + 1);
    }
    return found;
  }

  private count({ query = '', time = '' }: Record<string, string>): unknown {
    const label = /sum by \((\w+)\)/.exec(query)?.[1];
    const window = BigInt(/\[(\d+)ms\]/.exec(query)?.[1] ?? 0) * 1_000_000n;
    const outcomes = this.outcomes(BigInt(time) - window, BigInt(time));
    const sum = [...outcomes.values()].reduce((all, count) => all + count, 0);
    const counts =
      label === undefined
        ? [['', sum] as const]
        : label === 'audit_outcome'
          ? [...outcomes]
          : Object.entries(this.values);
    const result = counts.map(([value, count]) => ({
      metric: label === undefined ? {} : { [label]: value },
      value: [0, String(count)],
    }));
    return { data: { resultType: 'vector', result } };
  }

  private volume({ start = '', end = '', step = '' }: Record<string, string>): unknown {
    const width = BigInt(step.slice(0, -1)) * 1_000_000_000n;
    const series = new Map<string, Array<[number, string]>>();
    for (let at = BigInt(start); at <= BigInt(end); at += width) {
      for (const [outcome, count] of this.outcomes(at - width, at)) {
        series.set(outcome, [...(series.get(outcome) ?? []), [Number(at / 1_000_000_000n), String(count)]]);
      }
    }
    const result = [...series].map(([outcome, values]) => ({ metric: { audit_outcome: outcome }, values }));
    return { data: { resultType: 'matrix', result } };
  }
}

let numbered = 0;

/** A stored line of an entry, with defaults for missing fields. */
export function storedLine(fields: Partial<AuditEntryInput> & { time: string }): [bigint, string] {
  const id = `01930000-0000-7000-8000-${(++numbered).toString(16).padStart(12, '0')}`;
  const input = {
    action: 'user.login',
    description: 'Ada signed in',
    actor: { type: 'user' as const, name: 'Ada' },
    ...fields,
  };
  const entry = completeEntry(input, { id, time: fields.time, service: 'shop' });
  return [parseTime(entry.time) ?? 0n, canonicalJson(entry)];
}
