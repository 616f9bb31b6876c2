import type { AuditEntry } from '../entry/entry.ts';
import type { Filter } from '../query/filters.ts';
import type { LokiClient } from '../loki/client.ts';
import type { TrailLine } from '../loki/entry-identity.ts';
import { readEntries } from '../loki/read-entries.ts';
import type { TimeRange } from '../query/logql.ts';
import { msToNs } from '../time.ts';
import type { Finding } from './findings.ts';
import { CHAIN_ACTIONS } from '../entry/chain-statements.ts';
import { verifyTrail } from './verify-trail.ts';

/**
 * The result of checking the chain around one entry.
 *
 * | state | meaning |
 * | --- | --- |
 * | `holds` | the entry after it contains its hash, and it contains the hash of the one before it (or is the first) |
 * | `broken` | the chain is wrong near it: see the findings |
 * | `unchained` | it is in no chain: nothing proves it |
 * | `keyed` | no problem was found, but its hash needs a secret key: `auditrail verify` can check it |
 * | `undecided` | no problem was found, but a neighbor is missing |
 */
export type ChainState = 'holds' | 'broken' | 'unchained' | 'keyed' | 'undecided';

export interface ChainAround {
  state: ChainState;
  findings: Finding[];
  /** Entries of the stream that were compared, including the entry itself. */
  compared: number;
  /** Whether the entries right before and after it exist; `none`: it is the first, or ends its stream. */
  before: 'there' | 'absent' | 'none';
  after: 'there' | 'absent' | 'none';
  /** Milliseconds before and after the entry that were searched for its neighbors. */
  searchedMs: number;
}

interface ChainAroundOptions {
  /** End of the search, in nanoseconds: entries from this time on are not read. */
  until: bigint;
  signal?: AbortSignal;
}

const NEIGHBORS = 3;
const HOUR_MS = 3_600_000;
// An emitter's entries are seconds or days apart; the times of imported history can be in any order.
const REACHES_MS = [HOUR_MS / 6, 6 * HOUR_MS, 72 * HOUR_MS, 720 * HOUR_MS];

type Chained = AuditEntry & { chain: NonNullable<AuditEntry['chain']> };

/** The neighbors of an entry that are read so far. */
class Neighbors {
  readonly lines = new Map<string, TrailLine>();
  readonly #seqs = new Set<number>();
  readonly #entry: Chained;

  constructor(entry: Chained, line: TrailLine) {
    this.#entry = entry;
    this.add(line);
  }

  add(line: TrailLine): void {
    this.lines.set(`${line.ns} ${line.line}`, line);
    const { chain } = line.entry ?? {};
    if (chain?.stream === this.#entry.chain.stream) this.#seqs.add(chain.seq);
  }

  get before(): ChainAround['before'] {
    const { seq } = this.#entry.chain;
    return seq === 1 ? 'none' : this.#seqs.has(seq - 1) ? 'there' : 'absent';
  }

  get after(): ChainAround['after'] {
    if (this.#seqs.has(this.#entry.chain.seq + 1)) return 'there';
    return this.#entry.action === CHAIN_ACTIONS.ended ? 'none' : 'absent';
  }

  /** Numbers are missing between others: their entries may have another time. */
  get hasGap(): boolean {
    return Math.max(...this.#seqs) - Math.min(...this.#seqs) >= this.#seqs.size;
  }
}

/** Reads an entry's neighbors: near it in time first, then further away if some are missing. */
async function readNeighbors(loki: LokiClient, line: TrailLine, entry: Chained, options: ChainAroundOptions) {
  const { seq, stream } = entry.chain;
  const seqs = Array.from({ length: 2 * NEIGHBORS + 1 }, (_, i) => seq - NEIGHBORS + i).filter((one) => one > 0);
  const filters: Filter[] = [
    { field: 'service', operator: 'is', values: [entry.service] },
    { field: 'chainStream', operator: 'is', values: [stream] },
    { field: 'chainSeq', operator: 'is any of', values: seqs.map(String) },
  ];
  const found = new Neighbors(entry, line);
  const read = async ({ start, end }: TimeRange) => {
    const range = { start: start < 0n ? 0n : start, end: end < options.until ? end : options.until };
    if (range.start >= range.end) return;
    const { signal } = options;
    const reading = { query: { filters }, range, everyLine: true, ...(signal && { signal }) };
    for await (const page of readEntries(loki, reading)) {
      for (const one of page) found.add(one);
    }
  };
  let searchedMs = 0;
  for (const reachMs of REACHES_MS) {
    const [reach, known] = [msToNs(reachMs), msToNs(searchedMs)];
    if (searchedMs === 0) await read({ start: line.ns - reach, end: line.ns + reach });
    else {
      if (found.before === 'absent' || found.hasGap) await read({ start: line.ns - reach, end: line.ns - known });
      if (found.after === 'absent' || found.hasGap) await read({ start: line.ns + known, end: line.ns + reach });
    }
    searchedMs = reachMs;
    if (found.before !== 'absent' && found.after !== 'absent' && !found.hasGap) break;
  }
  return { found, searchedMs };
}

/**
 * Checks the chain around one entry: reads a few entries of its stream before and after it and compares their hashes. For
 * the rest of the stream, use {@link verifyTrail}.
 *
 * @throws AuditError `CRYPTO_UNAVAILABLE` in a browser without HTTPS; see also `readEntries`.
 * @example
 * const { state, findings } = await checkChainAround(loki, line, { until: msToNs(Date.now()) });
 */
export async function checkChainAround(
  loki: LokiClient,
  line: TrailLine,
  options: ChainAroundOptions,
): Promise<ChainAround> {
  const { entry } = line;
  if (!entry?.chain) {
    return { state: 'unchained', findings: [], compared: 0, before: 'none', after: 'none', searchedMs: 0 };
  }
  const { found, searchedMs } = await readNeighbors(loki, line, { ...entry, chain: entry.chain }, options);
  const lines = [...found.lines.values()].sort(byTimeAndNumber);
  const { findings } = await verifyTrail(lines, options.signal ? { signal: options.signal } : {});
  const { before, after } = found;
  const state =
    findings.length > 0
      ? 'broken'
      : entry.chain.keyId !== undefined
        ? 'keyed'
        : before === 'absent' || after !== 'there'
          ? 'undecided'
          : 'holds';
  return { state, findings, compared: lines.length, before, after, searchedMs };
}

function byTimeAndNumber(a: TrailLine, b: TrailLine): number {
  if (a.ns !== b.ns) return a.ns < b.ns ? -1 : 1;
  return (a.entry?.chain?.seq ?? 0) - (b.entry?.chain?.seq ?? 0);
}
