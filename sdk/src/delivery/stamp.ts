import { parseTime, type AuditEntry } from '@auditrail/core';

/** Identifies an entry in Loki: its chain, number and time. */
export interface Stamp {
  stream: string;
  seq: number;
  /** Nanoseconds since 1970. */
  ns: bigint;
}

/** `undefined` for an entry without a chain. */
export function stampOf({ chain }: Pick<AuditEntry, 'chain'>, ns: bigint): Stamp | undefined {
  return chain && { stream: chain.stream, seq: chain.seq, ns };
}

/** The stamp of a line in the spool; `undefined` for a line that is not an entry, or has no chain. */
export function stampOfLine(line: string): Stamp | undefined {
  let entry: Pick<AuditEntry, 'chain' | 'time'>;
  try {
    entry = JSON.parse(line) as AuditEntry;
  } catch {
    // The sender made it a dead letter.
    return undefined;
  }
  const ns = typeof entry.time === 'string' ? parseTime(entry.time) : undefined;
  return ns === undefined ? undefined : stampOf(entry, ns);
}
