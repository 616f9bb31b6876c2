import {
  canonicalJson,
  completeEntry,
  LOKI_PATHS,
  parseTime,
  type AuditEntryInput,
  type LokiClient,
} from '@auditrail/core';

/** What one request asked. */
export interface Asked {
  path: string;
  params: Record<string, string>;
  signal: AbortSignal | undefined;
}

/** A LokiClient over lines in memory, which answers in Loki's form. It knows time, order and limit, but no LogQL. */
export class FakeLoki implements LokiClient {
  readonly asked: Asked[] = [];
  /** What a request waits for; by default nothing. */
  gate: (asked: Asked) => Promise<void> = () => Promise.resolve();
  lines: Array<[ns: bigint, line: string]> = [];
  /** Number of entries of each value, for the filters' lists. */
  values: Record<string, number> = {};

  async get(path: string, params: Record<string, string>, signal?: AbortSignal): Promise<unknown> {
    const asked = { path, params, signal };
    this.asked.push(asked);
    await this.gate(asked);
    signal?.throwIfAborted();
    if (path === LOKI_PATHS.limits) {
      return { limits: { retention_period: '8760h0m0s', max_entries_limit_per_query: 5000 } };
    }
    if (path === LOKI_PATHS.query) return this.count(params);
    return params.step === undefined ? this.read(params) : { data: { resultType: 'matrix', result: [] } };
  }

  /** The log queries so far, without those of counts and charts. */
  get queries(): string[] {
    return this.asked.flatMap(({ path, params: { step, query = '' } }) =>
      path === LOKI_PATHS.queryRange && step === undefined ? [query] : [],
    );
  }

  private read({ start = '', end = '', limit = '' }: Record<string, string>): unknown {
    const values = this.lines
      .filter(([ns]) => ns >= BigInt(start) && ns < BigInt(end))
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .slice(0, Number(limit))
      .map(([ns, line]) => [String(ns), line]);
    return { data: { resultType: 'streams', result: values.length > 0 ? [{ stream: {}, values }] : [] } };
  }

  private count({ query = '' }: Record<string, string>): unknown {
    const label = /sum by \((\w+)\)/.exec(query)?.[1];
    const result = label
      ? Object.entries(this.values).map(([value, count]) => ({ metric: { [label]: value }, value: [0, String(count)] }))
      : [{ metric: {}, value: [0, String(this.lines.length)] }];
    return { data: { resultType: 'vector', result } };
  }
}

let numbered = 0;

/** A stored line of an entry; what is not given is plain. */
export function storedLine(said: Partial<AuditEntryInput> & { time: string }): [bigint, string] {
  const id = `01930000-0000-7000-8000-${(++numbered).toString(16).padStart(12, '0')}`;
  const input = {
    action: 'user.login',
    description: 'Ada signed in',
    actor: { type: 'user' as const, name: 'Ada' },
    ...said,
  };
  const entry = completeEntry(input, { id, time: said.time, service: 'shop' });
  return [parseTime(entry.time) ?? 0n, canonicalJson(entry)];
}
