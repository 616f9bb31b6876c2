/** One entry as a link of its stream. */
export interface Link {
  stream: string;
  seq: number;
  prev: string | null;
  /** Digest of the line; `undefined` if its key was not given, so that it cannot be checked. */
  hash: string | undefined;
  /** Distinguishes copies from other entries, with or without a key. */
  identity: string;
  keyId: string | undefined;
  id: string;
  time: string;
  ns: bigint;
  service: string;
  /** The next key, if the entry changes it with a valid signature. */
  rekeyTo?: string;
}

/** Links without a gap between them; those inside were compared and are forgotten. */
export interface Run {
  first: Link;
  last: Link;
}

/** The runs of one stream in the order of their numbers: one more than there are gaps. */
export class Runs {
  readonly all: Run[] = [];

  /** Index of the last run that begins at or before `seq`, or -1. */
  #before(seq: number): number {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.all[middle] as Run).first.seq <= seq) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  holds(seq: number): boolean {
    const run = this.all[this.#before(seq)];
    return run !== undefined && seq <= run.last.seq;
  }

  /** The link at `seq`, if it is at an end of a run. */
  end(seq: number): Link | undefined {
    const run = this.all[this.#before(seq)];
    if (run?.first.seq === seq) return run.first;
    return run?.last.seq === seq ? run.last : undefined;
  }

  /** Adds a link whose number is new; returns its neighbors. */
  add(link: Link): { before: Link | undefined; after: Link | undefined } {
    const at = this.#before(link.seq);
    const left = this.all[at];
    const right = this.all[at + 1];
    const before = left?.last.seq === link.seq - 1 ? left.last : undefined;
    const after = right?.first.seq === link.seq + 1 ? right.first : undefined;
    if (left && before && right && after) {
      left.last = right.last;
      this.all.splice(at + 1, 1);
    } else if (left && before) left.last = link;
    else if (right && after) right.first = link;
    else this.all.splice(at + 1, 0, { first: link, last: link });
    return { before, after };
  }
}

// Many forged entries of one number must not fill the memory.
const MOST_OF_ONE_NUMBER = 8;

/**
 * The links that were read last, by stream and number, to compare repeated or named entries with. Their number is limited
 * over all streams together.
 */
export class RecentLinks {
  readonly #most: number;
  readonly #order: Link[] = [];
  readonly #links = new Map<string, Link[]>();
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get({ stream, seq }: { stream: string; seq: number }): Link[] | undefined {
    return this.#links.get(`${seq} ${stream}`);
  }

  /** Keeps a link besides others of the same number. */
  add(link: Link): void {
    const key = `${link.seq} ${link.stream}`;
    const same = this.#links.get(key);
    if (same) {
      if (same.length < MOST_OF_ONE_NUMBER) same.push(link);
      return;
    }
    this.#links.set(key, [link]);
    const oldest = this.#order[this.#next];
    if (oldest) this.#links.delete(`${oldest.seq} ${oldest.stream}`);
    this.#order[this.#next] = link;
    this.#next = (this.#next + 1) % this.#most;
  }
}
