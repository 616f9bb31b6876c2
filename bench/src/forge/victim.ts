import {
  canonicalJson,
  completeEntry,
  formatTime,
  msToNs,
  otlpLogs,
  type AuditEntry,
  type AuditEntryInput,
} from '@auditrail/core';
import { lineHash } from '@auditrail/sdk';
import { uuidv7 } from 'uuidv7';

const SERVICE = 'payroll';
/** The number of entries in the victim's stream; the last one is its end. */
export const LENGTH = 8;
/** The number of the attacked entry. */
export const TARGET = 4;

/** A line as it is sent to Loki, with its time. */
export interface Sent {
  line: string;
  ns: bigint;
  /** The source of the attributes and labels. */
  entry: AuditEntry;
}

/** A stream of entries in the SDK's format. */
export interface Victim {
  stream: string;
  lines: Sent[];
  target: Sent;
}

const EVENTS: Partial<AuditEntryInput>[] = [
  { action: 'audit.chain.started', channel: 'integrity' },
  ...Array.from({ length: LENGTH - 2 }, (_, i) => ({ action: 'salary.changed', description: `Salary ${i}` })),
  { action: 'audit.chain.ended', channel: 'integrity' },
];

export const chainOf = ({ entry }: Sent) => entry.chain as NonNullable<AuditEntry['chain']>;

/** The line of an entry at a time. */
export function sentAs(entry: AuditEntry, ns: bigint): Sent {
  return { entry: { ...entry, time: formatTime(ns) }, ns, line: canonicalJson({ ...entry, time: formatTime(ns) }) };
}

/** Creates a stream of entries of the last minute. */
export function makeVictim(now: number): Victim {
  const stream = uuidv7();
  const lines: Sent[] = [];
  for (const [i, event] of EVENTS.entries()) {
    const before = lines.at(-1);
    const ns = msToNs(now - 60_000 + i * 1_000);
    const chain = { stream, seq: i + 1, prev: before ? lineHash(before.line) : null };
    const input = { action: 'a', description: 'Chain', actor: { type: 'user' as const, id: 'ada' }, ...event };
    lines.push(sentAs(completeEntry(input, { id: uuidv7(), time: formatTime(ns), service: SERVICE, chain }), ns));
  }
  return { stream, lines, target: lines[TARGET - 1] as Sent };
}

/** The body of an OTLP request with these lines, valid or not. */
export function bodyOf(sent: readonly Sent[]): string {
  const { resourceLogs } = otlpLogs(
    sent.map(({ entry }) => entry),
    'forge',
  );
  for (const [i, { line, ns }] of sent.entries()) {
    for (const record of resourceLogs[i]?.scopeLogs[0]?.logRecords ?? []) {
      record.body = { stringValue: line };
      record.timeUnixNano = String(ns);
      // The collector makes an entry of each record with an action.
      if (!line.includes('"action"')) record.attributes = record.attributes.filter(({ key }) => key !== 'audit.action');
    }
  }
  return JSON.stringify({ resourceLogs });
}
