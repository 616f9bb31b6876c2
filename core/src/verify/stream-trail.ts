import { Claims, judge } from './claims.ts';
import type { Findings } from './findings.ts';
import { Runs, type Link, type RecentLinks } from './links.ts';
import type { Predecessor } from '../entry/chain-statements.ts';
import type { SignatureCheck } from './trail-crypto.ts';

/** How a stream ends: with an `ended` entry; continued by another stream; cut off; or open, because it may continue. */
export type StreamTail = 'ended' | 'succeeded' | 'cut' | 'open';

/** The result for one stream. */
export interface StreamReport {
  stream: string;
  /** The application, from its entries; missing if there are none. */
  service?: string;
  /** Number of different entries. */
  entries: number;
  firstSeq?: number;
  lastSeq?: number;
  firstTime?: string;
  lastTime?: string;
  /** `start`: entry 1 was read. `cut`: entries before the first were not read. */
  head: 'start' | 'cut';
  tail: StreamTail;
  /** Ids of the keys of its entries. */
  keyIds: string[];
  /** A valid signature proves everything up to this number. */
  signedTo?: number;
  /** Entries whose key was not given: their links were not checked. */
  unchecked: number;
}

export interface FinishOptions {
  expectComplete: boolean;
  requireKeys: boolean;
  partial: boolean;
  undecided: (stream: string, text: string) => void;
}

interface Expected {
  hash: string | undefined;
  signed: boolean;
  differs: boolean;
}

const locationOf = ({ stream, seq, id, time }: Link) => ({ stream, seq, id, time });

/** One stream while its entries are read, in any order. */
export class StreamTrail {
  readonly stream: string;
  readonly #findings: Findings;
  readonly #recent: RecentLinks;
  readonly #runs = new Runs();
  /** Entries whose successor has another hash, until a fork explains it. */
  readonly #broken = new Map<number, Link>();
  /** Named tips that were not read yet, or were read with another hash. */
  readonly #expected = new Map<number, Expected>();
  readonly #claims = new Claims();
  readonly #keyIds = new Set<string>();
  #successor: { seq: number; stream: string } | undefined;
  #endSeq: number | undefined;
  #unkeyed: Link | undefined;
  #signedTo: number | undefined;
  #entries = 0;
  #unchecked = 0;
  #forgotten = 0;

  constructor(stream: string, findings: Findings, recent: RecentLinks) {
    this.stream = stream;
    this.#findings = findings;
    this.#recent = recent;
  }

  /** Takes a link; false if its number was read before. */
  add(link: Link): boolean {
    const { seq } = link;
    if (this.#runs.holds(seq)) {
      this.#repeated(link);
      return false;
    }
    this.#entries++;
    if (link.keyId !== undefined) this.#keyIds.add(link.keyId);
    else if (!this.#unkeyed || seq < this.#unkeyed.seq) this.#unkeyed = link;
    if (link.hash === undefined) this.#unchecked++;
    this.#recent.add(link);
    const { before, after } = this.#runs.add(link);
    if (before) this.#compare(before, link);
    if (after) this.#compare(link, after);
    if (seq === 1 && link.prev !== null) this.#findings.add('firstWithPrevious', link);
    this.#meet(seq);
    return true;
  }

  #repeated(link: Link): void {
    const known = this.#known(link.seq);
    if (!known) return this.#findings.add('repeated', link);
    if (known.some(({ identity }) => identity === link.identity)) return this.#findings.add('duplicated', link);
    this.#findings.add('forked', link);
    this.#recent.add(link);
    // The first one may be the wrong one.
    for (const seq of [link.seq - 1, link.seq])
      if (this.#broken.has(seq) && this.#linked(seq)) this.#broken.delete(seq);
    this.#meet(link.seq);
  }

  #known(seq: number): Link[] | undefined {
    const recent = this.#recent.get({ stream: this.stream, seq });
    if (recent) return recent;
    const end = this.#runs.end(seq);
    return end && [end];
  }

  #linked(seq: number): boolean {
    const after = this.#known(seq + 1) ?? [];
    return (this.#known(seq) ?? []).some(({ hash }) => after.some(({ prev }) => hash === undefined || prev === hash));
  }

  #compare(before: Link, after: Link): void {
    const rekeyed = after.keyId !== undefined && before.rekeyTo === after.keyId;
    if (before.keyId !== after.keyId && !rekeyed) this.#findings.add('rekeyed', after);
    if (before.hash === undefined || before.hash === after.prev || this.#linked(before.seq)) return;
    this.#broken.set(before.seq, before);
  }

  /** The entry at `seq` ends the stream. */
  endAt(seq: number): void {
    this.#endSeq = Math.min(seq, this.#endSeq ?? seq);
  }

  /** Another entry names an entry of this stream. */
  expect({ seq, hash }: Predecessor, check: SignatureCheck): void {
    if (check === 'bad') return;
    const expected = this.#expected.get(seq) ?? { hash, signed: false, differs: false };
    expected.signed ||= check === 'good';
    expected.differs ||= expected.hash !== undefined && hash !== undefined && expected.hash !== hash;
    expected.hash ??= hash;
    this.#expected.set(seq, expected);
    this.#meet(seq);
  }

  /** An entry of another stream makes a statement about this one, without a verified signature. */
  claimed(by: Link, tip: Predecessor, succeeds: boolean): void {
    this.#claims.add(by, tip, succeeds);
    this.#meet(tip.seq);
  }

  /** Another stream claims to continue from here. */
  succeed(by: string, predecessor: Predecessor): void {
    const { seq } = predecessor;
    if (this.#successor && this.#successor.stream !== by) {
      const at = { stream: this.stream, seq: Math.min(seq, this.#successor.seq), otherStream: by };
      this.#findings.add('forkedStream', at);
    }
    if (!this.#successor || seq < this.#successor.seq) this.#successor = { seq, stream: by };
    this.expect(predecessor, 'none');
  }

  #meet(seq: number): void {
    if (!this.#runs.holds(seq)) return;
    const known = this.#known(seq);
    this.#claims.meet(seq, known);
    const expected = this.#expected.get(seq);
    if (!expected) return;
    const { hash, signed, differs } = expected;
    // Read too long ago: its links were compared, its tip cannot be.
    if (!known) {
      this.#expected.delete(seq);
      this.#forgotten++;
      return;
    }
    if (differs || !known.some((link) => link.hash === undefined || hash === undefined || link.hash === hash)) return;
    if (signed && known.some((link) => link.hash === hash)) this.#signedTo = Math.max(seq, this.#signedTo ?? 0);
    this.#expected.delete(seq);
  }

  finish(options: FinishOptions): StreamReport {
    const { all } = this.#runs;
    const first = all[0]?.first;
    const last = all.at(-1)?.last;
    if (last) this.#finishClaims(last);
    this.#finishLinks();
    this.#finishGaps(options);
    if (this.#forgotten > 0)
      options.undecided(
        this.stream,
        `was named ${this.#forgotten} times after its entries were forgotten, so these could not be compared`,
      );
    if (this.#unkeyed && options.requireKeys) this.#findings.add('unkeyed', this.#unkeyed);
    return {
      stream: this.stream,
      ...(first && last && { service: first.service, firstSeq: first.seq, lastSeq: last.seq }),
      ...(first && last && { firstTime: first.time, lastTime: last.time }),
      entries: this.#entries,
      head: first && this.#finishHead(first, options) ? 'start' : 'cut',
      tail: this.#finishTail(last, options),
      keyIds: [...this.#keyIds].sort(),
      ...(this.#signedTo !== undefined && { signedTo: this.#signedTo }),
      unchecked: this.#unchecked,
    };
  }

  #finishGaps({ partial, undecided }: FinishOptions): void {
    const gaps = this.#runs.all.slice(1).map((run, i) => {
      return { seq: (this.#runs.all[i]?.last.seq ?? 0) + 1, toSeq: run.first.seq - 1 };
    });
    if (!partial) for (const gap of gaps) this.#findings.add('missing', { stream: this.stream, ...gap });
    else if (gaps.length > 0) {
      const entries = gaps.reduce((sum, { seq, toSeq }) => sum + toSeq - seq + 1, 0);
      const count = gaps.length === 1 ? 'one gap' : `${gaps.length} gaps`;
      undecided(this.stream, `has ${count} with ${entries} entries, which a filter may have left out`);
    }
  }

  #finishLinks(): void {
    const changed = new Set<number>();
    for (const seq of [...this.#broken.keys()].sort((a, b) => a - b)) {
      const link = this.#broken.get(seq) as Link;
      // One changed entry breaks one link. If several links in a row are broken, they were made without the key.
      const keyed = link.keyId !== undefined && (this.#broken.has(seq - 1) || this.#broken.has(seq + 1));
      if (keyed) this.#findings.add('forgedLinks', link);
      else this.#findings.add('changed', link);
      changed.add(seq);
    }
    for (const seq of this.#expected.keys()) {
      const [link] = this.#known(seq) ?? [];
      if (link && !changed.has(seq)) this.#findings.add('changedTip', link);
    }
  }

  #finishClaims(last: Link): void {
    const { contradicted, successor, rivals, forgotten } = judge(this.#claims.all, last);
    const otherStream = this.stream;
    for (const { by } of contradicted) this.#findings.add('contradicted', { ...locationOf(by), otherStream });
    for (const { by } of rivals) this.#findings.add('rival', { ...locationOf(by), otherStream });
    if (successor) {
      if (this.#successor && this.#successor.stream !== successor.by.stream) {
        this.#findings.add('rival', { ...locationOf(successor.by), otherStream });
      }
      this.#successor ??= { seq: successor.seq, stream: successor.by.stream };
    }
    this.#forgotten += forgotten;
  }

  #finishHead(first: Link, { expectComplete, undecided }: FinishOptions): boolean {
    if (first.seq === 1) return true;
    if (expectComplete) this.#findings.add('cutHead', { stream: this.stream, seq: 1, toSeq: first.seq - 1 });
    else undecided(this.stream, `begins at entry ${first.seq} here: earlier entries were not read`);
    return false;
  }

  #finishTail(last: Link | undefined, { expectComplete, partial, undecided }: FinishOptions): StreamTail {
    const { stream } = this;
    const claimed = last ? judge(this.#claims.all, last).named : Math.max(0, ...this.#claims.all.map(({ seq }) => seq));
    const named = Math.max(claimed, ...this.#expected.keys());
    if (!last) {
      if (expectComplete) this.#findings.add('missingStream', { stream, seq: 1, toSeq: named });
      else
        undecided(
          stream,
          `is named up to entry ${named}, but none of its entries were read: they may be outside of the range`,
        );
      return 'open';
    }
    const after = (reason: 'afterEnd' | 'wentOn', seq: number) =>
      this.#findings.add(reason, { stream, seq: seq + 1, toSeq: last.seq });
    if (this.#endSeq !== undefined && this.#endSeq < last.seq) after('afterEnd', this.#endSeq);
    else if (this.#successor && this.#successor.seq < last.seq) after('wentOn', this.#successor.seq);
    if (named > last.seq && partial) {
      undecided(stream, `continues at least to entry ${named}, which a filter may have left out`);
      return 'open';
    }
    if (named > last.seq) {
      this.#findings.add('cutTail', { stream, seq: last.seq + 1, toSeq: named });
      return 'cut';
    }
    if (this.#endSeq !== undefined) return 'ended';
    if (this.#successor) return 'succeeded';
    if (expectComplete) this.#findings.add('openTail', { stream, seq: last.seq + 1 });
    else
      undecided(
        stream,
        `has no end after entry ${last.seq}: it may still be written, or continue outside of the range`,
      );
    return 'open';
  }
}
