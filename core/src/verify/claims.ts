import type { Link } from './links.ts';
import type { Predecessor } from '../entry/chain-statements.ts';

/** What an entry of one stream says about another stream, without a signature that was checked. */
export interface Claim {
  by: Link;
  seq: number;
  hash: string | undefined;
  /** It says that its own stream goes on from there. */
  succeeds: boolean;
  /** Whether the other stream has that entry: `waiting` until it is read, `forgotten` if it was read too long ago. */
  state: 'waiting' | 'agrees' | 'differs' | 'forgotten';
}

/** Claims about one stream. Anyone can write them, so what they contradict is held against them, not against the stream. */
export class Claims {
  readonly #bySeq = new Map<number, Claim[]>();

  add(by: Link, { seq, hash }: Predecessor, succeeds: boolean): void {
    const claims = this.#bySeq.get(seq) ?? [];
    claims.push({ by, seq, hash, succeeds, state: 'waiting' });
    this.#bySeq.set(seq, claims);
  }

  get all(): Claim[] {
    return [...this.#bySeq.values()].flat();
  }

  /** Compares the claims about an entry with what is known of it; `undefined`: it was read, and is forgotten. */
  meet(seq: number, known: readonly Link[] | undefined): void {
    for (const claim of this.#bySeq.get(seq) ?? []) {
      if (claim.state === 'agrees' || claim.state === 'forgotten') continue;
      if (!known) claim.state = 'forgotten';
      else claim.state = known.some(({ hash }) => isEqual(hash, claim.hash)) ? 'agrees' : 'differs';
    }
  }
}

const isEqual = (a: string | undefined, b: string | undefined) => a === undefined || b === undefined || a === b;

/** What the claims about a stream come to, when its last entry is known. */
export function judge(claims: readonly Claim[], last: Link) {
  const isFalse = ({ by, seq, state, succeeds }: Claim) =>
    state === 'differs' || (seq > last.seq ? by.ns < last.ns : succeeds && seq < last.seq);
  const sound = claims.filter((claim) => !isFalse(claim));
  const successors = sound.filter(({ succeeds }) => succeeds).sort((a, b) => (a.by.ns < b.by.ns ? -1 : 1));
  const [first, ...others] = successors;
  return {
    contradicted: claims.filter(isFalse),
    /** Later entries that are named, and are not there. */
    named: sound.reduce((most, { seq }) => Math.max(most, seq), 0),
    successor: first,
    /** Further streams that say that they go on from the same one. */
    rivals: others.filter(({ by }) => by.stream !== first?.by.stream),
    forgotten: claims.filter(({ state }) => state === 'forgotten').length,
  };
}
