/** A position in a spool: which segment, and the byte in it. */
export interface SpoolPosition {
  segment: number;
  offset: number;
}

/** Whether the first position is behind the second. */
export function isBehind(position: SpoolPosition, other: SpoolPosition): boolean {
  return position.segment > other.segment || (position.segment === other.segment && position.offset > other.offset);
}

/** Entries up to a position: how many, and the position behind the last one. */
export interface SpoolMark {
  count: number;
  end: SpoolPosition;
}

/** Entries in order. */
export interface SpoolBatch extends SpoolMark {
  lines: string[];
  /** The position that they were read from. */
  start: SpoolPosition;
}

/**
 * The queue of entries between `record()` and Loki: first in, first out, and no entry leaves before it is committed. An entry
 * is pending, then sent (kept until Loki is seen to hold it), then committed; without read-back it is committed at once.
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
   * The oldest lines that are not sent, up to about `maxBytes` but at least one; none if no line is pending.
   *
   * @param from reads from this position of an earlier batch instead, to send lines again
   * @throws AuditError `SPOOL_UNAVAILABLE`
   */
  read(maxBytes: number, from?: SpoolPosition): Promise<SpoolBatch>;
  /** The batch that was read last was accepted; it is kept until it is committed. */
  sent(mark: SpoolMark): Promise<void>;
  /** Entries up to here may be deleted. The batch that was read last counts as sent too. */
  commit(mark: SpoolMark): Promise<void>;
  /** Lines that were appended and not sent. */
  readonly pending: number;
  /** Bytes that these take. */
  readonly bytes: number;
  /** Lines that were sent and not committed. */
  readonly kept: number;
  /** Bytes that these take. */
  readonly keptBytes: number;
  /** The newest line that was appended, if it is still known; a restarted emitter continues after it. */
  readonly lastLine: string | undefined;
  close(): Promise<void>;
}
