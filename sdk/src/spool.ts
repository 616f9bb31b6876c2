/** A place in a spool: which segment, and the byte in it. */
export interface SpoolPosition {
  segment: number;
  offset: number;
}

/** Entries in order, and the position behind the last one. */
export interface SpoolBatch {
  lines: string[];
  end: SpoolPosition;
}

/**
 * Where entries wait between `record()` and the collector: first in, first out, and nothing leaves before it is committed.
 * Every spool passes the same tests (`spool-conformance.ts`).
 */
export interface Spool {
  /**
   * Adds lines in order; resolves when they survive a crash of the process and of the machine. One call at a time.
   *
   * @throws AuditError `SPOOL_UNAVAILABLE` or `SPOOL_FULL`: then none of these lines is in the spool.
   */
  append(lines: readonly string[]): Promise<void>;
  /**
   * The oldest lines that are not committed, up to about `maxBytes` but at least one; none where the spool is empty.
   *
   * @throws AuditError `SPOOL_UNAVAILABLE`
   */
  read(maxBytes: number): Promise<SpoolBatch>;
  /** A batch, just read, was accepted elsewhere and may be forgotten. */
  commit(batch: SpoolBatch): Promise<void>;
  /** Lines that were appended and not committed. */
  readonly pending: number;
  /** Bytes that these take. */
  readonly bytes: number;
  /** The youngest line that was ever appended and is still known; a restarted emitter goes on after it. */
  readonly lastLine: string | undefined;
  close(): Promise<void>;
}
