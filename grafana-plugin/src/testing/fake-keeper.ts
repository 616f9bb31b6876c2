import type { KeeperClient } from '@auditrail/core/source';

/** A keeper of some lines that answers counts and rows; filters by id are the only ones. */
export class FakeKeeper implements KeeperClient {
  lines: Array<[bigint, string]> = [];
  asked: string[] = [];
  error: Error | undefined;

  ask(path: string, body: object): Promise<unknown> {
    this.asked.push(path);
    if (this.error !== undefined) return Promise.reject(this.error);
    const { from, to, filters } = body as { from: string; to: string; filters?: Array<{ values: string[] }> };
    const ids = filters?.[0]?.values;
    const found = this.lines
      .filter(([ns, line]) => ns >= BigInt(from) && ns < BigInt(to) && (!ids || ids.some((id) => line.includes(id))))
      .sort(([a], [b]) => (a < b ? 1 : -1));
    if (path.endsWith('/count')) return Promise.resolve({ count: found.length });
    return Promise.resolve({ entries: found.map(([ns, line]) => ({ ns: String(ns), line })) });
  }
}
