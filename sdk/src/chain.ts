import { hash } from 'node:crypto';
import type { AuditEntry } from '@auditrail/core';

export type ChainLink = NonNullable<AuditEntry['chain']>;

/** How `audit.integrity.algorithm` and `.canonicalization` name what {@link lineHash} does. */
export const INTEGRITY = { algorithm: 'sha256', canonicalization: 'RFC8785' } as const;

/** SHA-256 of an entry's line, 64 hex digits: what the next entry of the stream bears as `chain.prev`. */
export function lineHash(line: string): string {
  return hash('sha256', line, 'hex');
}

/** Where a chain stands: the last entry that is in it. */
export interface ChainTip {
  seq: number;
  hash: string | null;
}

/** Numbers and links the entries of one emitter. */
export class Chain {
  readonly stream: string;
  #tip: ChainTip = { seq: 0, hash: null };

  constructor(stream: string) {
    this.stream = stream;
  }

  get tip(): ChainTip {
    return this.#tip;
  }

  /** The link that the next entry has to bear. */
  next(): ChainLink {
    return { stream: this.stream, seq: this.#tip.seq + 1, prev: this.#tip.hash };
  }

  advance(hash: string): ChainTip {
    this.#tip = { seq: this.#tip.seq + 1, hash };
    return this.#tip;
  }

  /** Back to an earlier tip: what came after it never reached the disk. */
  rewind(tip: ChainTip): void {
    this.#tip = tip;
  }
}
