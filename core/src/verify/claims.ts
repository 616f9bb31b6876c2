import type { Link } from './links.ts';
import type { Predecessor } from '../entry/chain-statements.ts';

/** A statement of an entry about another stream, without a verified signature. */
export interface Claim {
  by: Link;
  seq: number;
  hash: string | undefined;
  /** It states that its own stream continues from there. */
  succeeds: boolean;
  /** Whether the other stream has that entry: `waiting` until it is read, `forgotten` if it was read too long ago. */
  state: 'waiting' | 'agrees' | 'differs' | 'forgotten';
}

/**
 * Claims about one stream. Anyone can write them, so a contradiction is a finding about the claim, not about the stream.
 */
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

  /** Compares the claims about an entry with its links; `undefined` if it was read too long ago. */
  meet(seq: number, known: readonly Link[] | undefined): void {
    for (const claim of this.#bySeq.get(seq) ?? []) {
      if (claim.state === 'agrees' || claim.state === 'forgotten') continue;
      if (!known) claim.state = 'forgotten';
      else claim.state = known.some(({ hash }) => isEqual(hash, claim.hash)) ? 'agrees' : 'differs';
    }
  }
}

const isEqual = (a: string | undefined, b: string | undefined) => a === undefined || b === undefined || a === b;

/** Evaluates the claims about a stream once its last entry is known. */
export function judge(claims: readonly Claim[], last: Link) {
  const isFalse = ({ by, seq, state, succeeds }: Claim) =>
    state === 'differs' || (seq > last.seq ? by.ns < last.ns : succeeds && seq < last.seq);
  const sound = claims.filter((claim) => !isFalse(claim));
  const successors = sound.filter(({ succeeds }) => succeeds).sort((a, b) => (a.by.ns < b.by.ns ? -1 : 1));
  const [first, ...others] = successors;
  return {
    contradicted: claims.filter(isFalse),
    /** The latest entry that a claim names. */
    named: sound.reduce((most, { seq }) => Math.max(most, seq), 0),
    successor: first,
    /** Claims of further streams that continue from the same one. */
    rivals: others.filter(({ by }) => by.stream !== first?.by.stream),
    forgotten: claims.filter(({ state }) => state === 'forgotten').length,
  };
}
