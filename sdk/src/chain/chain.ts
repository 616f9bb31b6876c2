import { hash as hashOf } from 'node:crypto';
import type { AuditEntry } from '@auditrail/core';

export type ChainLink = NonNullable<AuditEntry['chain']>;

/** The values of `audit.integrity.algorithm` and `.canonicalization` for {@link lineHash}. */
export const INTEGRITY = { algorithm: 'sha256', canonicalization: 'RFC8785' } as const;

/** SHA-256 of an entry's line, 64 hex digits: the `chain.prev` of the next entry in a stream without a key. */
export function lineHash(line: string): string {
  return hashOf('sha256', line, 'hex');
}

/** The end of a chain: its last entry, and the key of the next one. */
export interface ChainTip {
  seq: number;
  hash: string | null;
  keyId?: string | undefined;
}

/** Numbers and links the entries of one emitter. */
export class Chain {
  readonly stream: string;
  #tip: ChainTip;

  /** @param keyId key of the entries' digests; without one they are SHA-256 */
  constructor(stream: string, keyId?: string) {
    this.stream = stream;
    this.#tip = keyId === undefined ? { seq: 0, hash: null } : { seq: 0, hash: null, keyId };
  }

  get tip(): ChainTip {
    return this.#tip;
  }

  /** The link of the next entry. */
  next(): ChainLink {
    const { seq, hash, keyId } = this.#tip;
    const link = { stream: this.stream, seq: seq + 1, prev: hash };
    return keyId === undefined ? link : { ...link, keyId };
  }

  /** @param keyId key of the entries from the next one on; by default unchanged */
  advance(hash: string, keyId = this.#tip.keyId): ChainTip {
    const seq = this.#tip.seq + 1;
    this.#tip = keyId === undefined ? { seq, hash } : { seq, hash, keyId };
    return this.#tip;
  }

  /** Returns to an earlier tip: the entries after it never reached the disk. */
  rewind(tip: ChainTip): void {
    this.#tip = tip;
  }
}
