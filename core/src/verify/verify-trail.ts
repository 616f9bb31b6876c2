import { parseEntry, type AuditEntry } from '../entry/entry.ts';
import { AuditError } from '../errors.ts';
import { lineIdentity, type TrailLine } from '../loki/entry-identity.ts';
import { parseTime } from '../time.ts';
import { Findings, type Finding } from './findings.ts';
import { RecentLinks, type Link } from './links.ts';
import { OrderCheck } from './order.ts';
import { SeenIds } from './seen-ids.ts';
import { CHAIN_ACTIONS, statementOf, type Statement } from '../entry/chain-statements.ts';
import { StreamTrail, type FinishOptions, type StreamReport } from './stream-trail.ts';
import { Unchained } from './unchained.ts';
import { trailCrypto, type SignatureCheck, type TrailCrypto, type TrailKeys } from './trail-crypto.ts';

export interface VerifyOptions extends TrailKeys {
  /**
   * The streams are expected to be complete: a stream without its first entry, or without an end or a successor, is then
   * a finding, and otherwise undecided. Default: false.
   */
  expectComplete?: boolean;
  /** A stream without a key is a finding. Default: true if `keys` are given. */
  requireKeys?: boolean;
  /**
   * The lines are a part of their chains, because a filter left entries out: gaps are not findings then, but `undecided`.
   * The rest is checked as always. Default: false.
   */
  partial?: boolean;
  /**
   * An entry in no chain is a finding, except those of Grafana's users. Default: true if `keys` or `expectComplete` are
   * given.
   */
  requireChains?: boolean;
  /** Findings that are listed; more are only counted. Default: 1,000. */
  maxFindings?: number;
  /** Entries kept to compare repeated ones with, about 300 bytes each. Default: 50,000. */
  recentEntries?: number;
  signal?: AbortSignal;
}

/** Something that the lines do not prove. */
export interface Undecided {
  stream?: string;
  text: string;
}

export interface VerifyReport {
  /** Entries were verified and there are no findings. It does not cover what is listed under `undecided`. */
  ok: boolean;
  lines: number;
  /** Entries whose position in a chain and hash were checked. If it is 0, nothing was verified. */
  verified: number;
  /** Entries in no chain, such as those of Grafana's users: nothing proves them. */
  unchained: number;
  streams: StreamReport[];
  findings: Finding[];
  /** All findings, also those over `maxFindings`. */
  findingCount: number;
  undecided: Undecided[];
}

interface Read {
  /** The identity of the entry, whatever its id. */
  content: string;
  entry: AuditEntry | undefined;
  problem: string;
  link: Link | undefined;
  statement: Statement | 'unreadable' | undefined;
  check: SignatureCheck;
}

// WebCrypto is asynchronous; many calls at once keep it busy.
const BATCH = 256;

function entryOf(line: string | TrailLine): { text: string; entry: AuditEntry | undefined; problem: string } {
  if (typeof line !== 'string') return { text: line.line, entry: line.entry, problem: line.problem ?? '' };
  try {
    return { text: line, entry: parseEntry(line), problem: '' };
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return { text: line, entry: undefined, problem: error.message };
  }
}

async function read(line: string | TrailLine, crypto: TrailCrypto): Promise<Read> {
  const { text, entry, problem } = entryOf(line);
  const content = typeof line === 'string' ? lineIdentity(line, entry?.chain) : line.key;
  if (!entry?.chain) return { entry, problem, content, link: undefined, statement: undefined, check: 'none' };
  const { id, time, service, chain } = entry;
  const hash = await crypto.digest(text, chain.keyId);
  const statement = statementOf(entry);
  const check = statement && statement !== 'unreadable' ? await crypto.check(statement) : 'none';
  const link: Link = {
    stream: chain.stream,
    seq: chain.seq,
    prev: chain.prev,
    hash,
    identity: hash ?? text,
    keyId: chain.keyId,
    id,
    time,
    ns: parseTime(time) ?? 0n,
    service,
  };
  return { entry, problem, content, link, statement, check };
}

async function* batches<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T[], void> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

class Trail {
  readonly findings: Findings;
  readonly #recent: RecentLinks;
  readonly #order = new OrderCheck();
  readonly #streams = new Map<string, StreamTrail>();
  readonly #unknownKeys = new Set<string>();

  constructor(maxFindings: number, recentEntries: number) {
    this.findings = new Findings(maxFindings);
    this.#recent = new RecentLinks(recentEntries);
  }

  #stream(name: string): StreamTrail {
    let stream = this.#streams.get(name);
    if (!stream) this.#streams.set(name, (stream = new StreamTrail(name, this.findings, this.#recent)));
    return stream;
  }

  /** Takes a link; false if its number was read before. */
  add(link: Link, statement: Statement | 'unreadable' | undefined, check: SignatureCheck): boolean {
    if (link.hash === undefined && link.keyId !== undefined) this.#unknownKeys.add(link.keyId);
    const believed = statement !== undefined && statement !== 'unreadable' && check !== 'bad' ? statement : undefined;
    // A key change must be proven by the old key or the signer's.
    const { rekey } = believed ?? {};
    if (rekey && check !== 'none' && rekey.from === (link.keyId ?? null)) link.rekeyTo = rekey.to;
    const stream = this.#stream(link.stream);
    const isNew = stream.add(link);
    if (isNew) this.#order.add(link);
    else this.#order.repeated(link);
    if (statement === 'unreadable' && isNew) this.findings.add('badStatement', link);
    if (check === 'bad' && isNew) this.findings.add('badSignature', link);
    if (believed) this.#believe(link, believed, check);
    return isNew;
  }

  #believe(link: Link, believed: Statement, check: SignatureCheck): void {
    if (check === 'unknown-key' && believed.signature) this.#unknownKeys.add(believed.signature.keyId);
    if (believed.action === CHAIN_ACTIONS.ended) this.#stream(link.stream).endAt(link.seq);
    const { predecessor } = believed;
    for (const tip of believed.tips) {
      // Without a signature, a statement about another stream is only a claim.
      if (check === 'good' || tip.stream === link.stream) this.#stream(tip.stream).expect(tip, check);
      else this.#stream(tip.stream).claimed(link, tip, false);
    }
    if (!predecessor) return;
    if (check === 'good') this.#stream(predecessor.stream).succeed(link.stream, predecessor);
    else this.#stream(predecessor.stream).claimed(link, predecessor, true);
  }

  finish(given: Omit<FinishOptions, 'undecided'>) {
    const undecided: Undecided[] = [];
    for (const id of this.#unknownKeys) {
      undecided.push({ text: `The key ${id} was not given: its entries were not checked.` });
    }
    const options = {
      ...given,
      undecided: (stream: string, text: string) => undecided.push({ stream, text: `Stream ${stream} ${text}.` }),
    };
    const streams = [...this.#streams.values()].map((stream) => stream.finish(options));
    this.#order.finish(this.findings);
    return { streams, undecided };
  }
}

/**
 * Checks the chains of a trail and reports the problems with their locations. Works in Node and in a browser, on any
 * number of entries: memory grows with streams and gaps only.
 *
 * The lines of each stream must come oldest first or newest first, as in Loki and in exports; this is checked
 * (`reordered`). Streams can be mixed in any way. The lines must be the recorded bytes. Filters make gaps: verify whole
 * ranges, or set `partial`.
 *
 * A range proves nothing about entries outside of it: they are listed under `undecided`, see `expectComplete`. Imported
 * history has its original times: if a range contains only a part of it, numbers are missing.
 *
 * @throws AuditError `INVALID_KEY`, `CRYPTO_UNAVAILABLE`, and what reading the lines throws
 * @example
 * const report = await verifyTrail(linesOf(file), { publicKeys: { 'audit-2026': pem } });
 * for (const { text } of report.findings) console.log(text);
 */
export async function verifyTrail(
  lines: AsyncIterable<string | TrailLine> | Iterable<string | TrailLine>,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const crypto = await trailCrypto(options);
  const trail = new Trail(options.maxFindings ?? 1_000, options.recentEntries ?? 50_000);
  const ids = new SeenIds();
  let count = 0;
  const unchained = new Unchained();
  for await (const batch of batches(lines)) {
    options.signal?.throwIfAborted();
    for (const { entry, problem, content, link, statement, check } of await Promise.all(
      batch.map((line) => read(line, crypto)),
    )) {
      count++;
      if (!entry) {
        trail.findings.addLine(count, problem);
        continue;
      }
      if (!link) unchained.add(entry);
      // A repeated number is already reported.
      const isNew = link ? trail.add(link, statement, check) : true;
      if (ids.add(entry.id, content) === 'other' && isNew) trail.findings.addCopiedId(entry);
    }
  }
  const expectComplete = options.expectComplete ?? false;
  const hasKeys = Object.keys(options.keys ?? {}).length > 0;
  const { streams, undecided } = trail.finish({
    expectComplete,
    requireKeys: options.requireKeys ?? hasKeys,
    partial: options.partial ?? false,
  });
  unchained.finish(options.requireChains ?? (hasKeys || expectComplete), trail.findings, (text) =>
    undecided.push({ text }),
  );
  const { count: findingCount } = trail.findings;
  const verified = streams.reduce((sum, { entries, unchecked }) => sum + entries - unchecked, 0);
  return {
    ok: findingCount === 0 && verified > 0,
    lines: count,
    verified,
    unchained: unchained.count,
    streams,
    findings: trail.findings.list(),
    findingCount,
    undecided,
  };
}
