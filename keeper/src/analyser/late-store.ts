import type { DatabaseSync } from 'node:sqlite';
import type { Episode, LateSpan } from './late-judge.ts';

/** Late entries whose times are nearer are judged together: the longest windows of most rules. */
const TOGETHER_NS = 2n * 3_600_000_000_000n;

/** Late entries that are not judged yet, and attacks that were. */
export class LateStore {
  readonly #db: DatabaseSync;
  readonly #tenant: string;

  constructor(db: DatabaseSync, tenant: string) {
    this.#db = db;
    this.#tenant = tenant;
  }

  /** Within a transaction. */
  addSpans(spans: readonly LateSpan[]): void {
    const insert = this.#db.prepare('INSERT INTO analyser_late VALUES (?, ?, ?, ?, ?)');
    for (const span of spans) {
      insert.run(this.#tenant, span.fromNs, span.toNs, span.firstArrivalNs, span.lastArrivalNs);
    }
  }

  spans(): LateSpan[] {
    const names = ['from_ns', 'to_ns', 'first_arrival_ns', 'last_arrival_ns'];
    const columns = names.map((name) => `CAST(${name} AS TEXT) AS ${name}`).join(', ');
    const rows = this.#db.prepare(`SELECT ${columns} FROM analyser_late WHERE tenant = ?`).all(this.#tenant);
    return joined(
      rows.map((row) => ({
        fromNs: BigInt(String(row['from_ns'])),
        toNs: BigInt(String(row['to_ns'])),
        firstArrivalNs: BigInt(String(row['first_arrival_ns'])),
        lastArrivalNs: BigInt(String(row['last_arrival_ns'])),
      })),
    );
  }

  episodes(): Episode[] {
    return this.#db
      .prepare('SELECT rule, labels, from_ms, to_ms FROM analyser_episodes WHERE tenant = ?')
      .all(this.#tenant)
      .map((row) => ({
        ...{ rule: String(row['rule']), labels: JSON.parse(String(row['labels'])) as Episode['labels'] },
        ...{ fromMs: Number(row['from_ms']), toMs: Number(row['to_ms']) },
      }));
  }

  /** Within a transaction: what arrived up to then is judged, and these are the attacks that are known now. */
  judged(lastArrivalNs: bigint, episodes: readonly Episode[], { maxEpisodes, forgetBeforeMs }: EpisodeBounds): void {
    this.#db
      .prepare('DELETE FROM analyser_late WHERE tenant = ? AND last_arrival_ns <= ?')
      .run(this.#tenant, lastArrivalNs);
    this.#db.prepare('DELETE FROM analyser_episodes WHERE tenant = ?').run(this.#tenant);
    const insert = this.#db.prepare('INSERT INTO analyser_episodes VALUES (?, ?, ?, ?, ?)');
    const kept = episodes.filter(({ toMs }) => toMs >= forgetBeforeMs).sort((a, b) => b.toMs - a.toMs);
    for (const { rule, labels, fromMs, toMs } of kept.slice(0, maxEpisodes)) {
      insert.run(this.#tenant, rule, JSON.stringify(labels), fromMs, toMs);
    }
  }
}

interface EpisodeBounds {
  maxEpisodes: number;
  /** What happened before cannot be judged again. */
  forgetBeforeMs: number;
}

/** Spans of times that are near each other become one. */
export function joined(spans: readonly LateSpan[]): LateSpan[] {
  const all: LateSpan[] = [];
  for (const span of [...spans].sort((a, b) => (a.fromNs < b.fromNs ? -1 : 1))) {
    const last = all.at(-1);
    if (!last || span.fromNs > last.toNs + TOGETHER_NS) {
      all.push({ ...span });
      continue;
    }
    if (span.toNs > last.toNs) last.toNs = span.toNs;
    if (span.firstArrivalNs < last.firstArrivalNs) last.firstArrivalNs = span.firstArrivalNs;
    if (span.lastArrivalNs > last.lastArrivalNs) last.lastArrivalNs = span.lastArrivalNs;
  }
  return all;
}
