/** Proof that an entry is on disk: keep `hash` with the action's own record, to find and check the entry later. */
export interface Receipt {
  id: string;
  /** RFC 3339 UTC with nanoseconds. */
  time: string;
  /** Position in this emitter's chain, from 1. */
  seq: number;
  /** SHA-256 of the entry's line (HMAC-SHA-256 with a key), 64 hex digits. */
  hash: string;
}
