import { hash as hashOf } from 'node:crypto';
import type { AuditEntry } from '@auditrail/core';

export type ChainLink = NonNullable<AuditEntry['chain']>;

/** How `audit.integrity.algorithm` and `.canonicalization` name what {@link lineHash} does. */
export const INTEGRITY = { algorithm: 'sha256', canonicalization: 'RFC8785' } as const;

/** SHA-256 of an entry's line, 64 hex digits: what the next entry of a stream without a key bears as `chain.prev`. */
export function lineHash(line: string): string {
  return hashOf('sha256', line, 'hex');
}

/** Where a chain stands: the last entry that is in it, and the key that the next one bears. */
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

  /** The link that the next entry has to bear. */
  next(): ChainLink {
    const { seq, hash, keyId } = this.#tip;
    const link = { stream: this.stream, seq: seq + 1, prev: hash };
    return keyId === undefined ? link : { ...link, keyId };
  }

  /** @param keyId key of the entries from the next on, after an entry that says so; by default the same as before */
  advance(hash: string, keyId = this.#tip.keyId): ChainTip {
    const seq = this.#tip.seq + 1;
    this.#tip = keyId === undefined ? { seq, hash } : { seq, hash, keyId };
    return this.#tip;
  }

  /** Back to an earlier tip: what came after it never reached the disk. */
  rewind(tip: ChainTip): void {
    this.#tip = tip;
  }
}
