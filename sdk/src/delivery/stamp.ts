import { parseTime, type AuditEntry } from '@auditrail/core';

/** Where an entry is to be found in Loki: in which chain, under which number, and at what time. */
export interface Stamp {
  stream: string;
  seq: number;
  /** Nanoseconds since 1970. */
  ns: bigint;
}

/** `undefined` for an entry of no chain. */
export function stampOf({ chain }: Pick<AuditEntry, 'chain'>, ns: bigint): Stamp | undefined {
  return chain && { stream: chain.stream, seq: chain.seq, ns };
}

/** The stamp of a line in the spool; `undefined` for one that is no entry, or of no chain. */
export function stampOfLine(line: string): Stamp | undefined {
  let entry: Pick<AuditEntry, 'chain' | 'time'>;
  try {
    entry = JSON.parse(line) as AuditEntry;
  } catch {
    // The sender laid it aside.
    return undefined;
  }
  const ns = typeof entry.time === 'string' ? parseTime(entry.time) : undefined;
  return ns === undefined ? undefined : stampOf(entry, ns);
}
