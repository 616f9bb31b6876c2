import type { Finding } from '../doctor/retention.ts';

/** What can be wrong between an application and Loki's disk. */
export const PIPELINE_CODES = [
  'COLLECTOR_SILENT',
  'COLLECTOR_DROPS',
  'COLLECTOR_FAILS',
  'COLLECTOR_REFUSES',
  'QUEUE_FILLS',
  'QUEUE_STUCK',
  'LOKI_SILENT',
  'LOKI_DISCARDS',
  'LOKI_DISK_FULL',
  'LOKI_WAL',
  'DISK_FILLS',
  'SPOOL_WAITS',
  'SPOOL_DAMAGED',
  'SPOOL_UNREADABLE',
  'DEAD_LETTERS',
] as const;

export type PipelineCode = (typeof PIPELINE_CODES)[number];

/** A finding about the way of entries. */
export interface PipelineFinding extends Finding {
  code: PipelineCode;
  /** What it is about. With the code it stays the same while numbers in `what` change. */
  about: string;
  /** Only this tenant's entries are affected; everyone's if it is missing. */
  tenant?: string;
  /** Loki's reason. */
  reason?: string;
  /** Entries since the last look. */
  count?: number;
  /** Something that happened since the last look, not a state: each time is news. */
  event?: boolean;
  /** Counted since the program started, not since an earlier look. */
  fromStart?: boolean;
}

/** One entry, 2 entries. */
export const entries = (count: number): string => `${count} ${count === 1 ? 'entry' : 'entries'}`;
