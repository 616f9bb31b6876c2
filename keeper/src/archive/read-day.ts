import { createHash, hash } from 'node:crypto';
import { formatTime } from '@auditrail/core';
import { sqlText, type Duck } from '../days/duck.ts';
import { ChainRanges, linkOf } from '../export/chain-ranges.ts';
import type { ArchivedChain } from './day-manifest.ts';

export interface ArchivedLine {
  ns: bigint;
  line: string;
  service: string | null;
  channel: string | null;
  outcome: string | null;
}

/** What an archived day contains. */
export interface DayFacts {
  entries: number;
  linesSha256: string;
  firstTime?: string;
  lastTime?: string;
  chains: ArchivedChain[];
}

/**
 * Reads an archived day in the order of time, and collects what its manifest states.
 *
 * @throws Error of DuckDB if the file is not readable
 */
export class DayReader {
  readonly #duck: Duck;
  readonly #path: string;
  readonly #chains = new ChainRanges();
  readonly #firsts = new Map<string, { seq: number; sha256: string }>();
  #entries = 0;
  #firstNs: bigint | undefined;
  #lastNs = 0n;
  /** Lines whose hash is not the one beside them, and rows that are not in the order of time. */
  wrong = 0;

  constructor(duck: Duck, path: string) {
    this.#duck = duck;
    this.#path = path;
  }

  async *lines(): AsyncGenerator<ArchivedLine, void> {
    const sql = `SELECT time_ns, line, line_sha256, service, channel, outcome FROM read_parquet(${sqlText(this.#path)})`;
    for await (const chunk of this.#duck.stream(sql)) {
      for (const [time, text, stated, ...labels] of chunk) {
        const [ns, line] = [time as bigint, text as string];
        this.#add(ns, line, String(stated));
        const [service, channel, outcome] = labels as [string | null, string | null, string | null];
        yield { ns, line, service, channel, outcome };
      }
    }
  }

  async readAll(signal: AbortSignal): Promise<DayFacts> {
    const lines = this.lines();
    while (!(await lines.next()).done) signal.throwIfAborted();
    return this.facts();
  }

  #add(ns: bigint, line: string, stated: string): void {
    const sha256 = hash('sha256', line);
    if (sha256 !== stated || (this.#firstNs !== undefined && ns < this.#lastNs)) this.wrong++;
    this.#entries++;
    this.#firstNs ??= ns;
    this.#lastNs = ns;
    const link = linkOf(line);
    this.#chains.add(line, sha256, link);
    if (!link?.chain) return;
    const { stream, seq } = link.chain;
    const first = this.#firsts.get(stream);
    if (!first || seq < first.seq) this.#firsts.set(stream, { seq, sha256 });
  }

  /** What was found; after {@link lines}. */
  async facts(): Promise<DayFacts> {
    return {
      entries: this.#entries,
      linesSha256: await linesSha256(this.#duck, this.#path),
      ...(this.#firstNs !== undefined && { firstTime: formatTime(this.#firstNs), lastTime: formatTime(this.#lastNs) }),
      chains: this.#chains.list().map((range) => {
        const first = this.#firsts.get(range.stream);
        return { ...range, ...(first && { firstSha256: first.sha256 }) };
      }),
    };
  }
}

/** The SHA-256 over the SHA-256s of all lines, in their order as bytes: the same for the same lines in any order. */
async function linesSha256(duck: Duck, path: string): Promise<string> {
  const all = createHash('sha256');
  const sql = `SELECT line_sha256 FROM read_parquet(${sqlText(path)}) ORDER BY line_sha256`;
  for await (const chunk of duck.stream(sql)) {
    for (const [sha256] of chunk) all.update(Buffer.from(String(sha256), 'hex'));
  }
  return all.digest('hex');
}
