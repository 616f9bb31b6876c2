import type { Finding } from '../doctor/retention.ts';

/** The problems that can occur between an application and Loki's disk. */
export const PIPELINE_CODES = [
  'COLLECTOR_SILENT',
  'COLLECTOR_DROPS',
  'COLLECTOR_FAILS',
  'COLLECTOR_REFUSES',
  'QUEUE_FILLS',
  'QUEUE_STUCK',
  'KEEPER_MISSES',
  'KEEPER_BEHIND',
  'KEEPER_SETS_ASIDE',
  'ARCHIVE_BEHIND',
  'LOKI_SILENT',
  'LOKI_LACKS',
  'LOKI_DISCARDS',
  'LOKI_DISK_FULL',
  'LOKI_WAL',
  'DISK_FILLS',
  'SPOOL_WAITS',
  'NOT_STORED',
  'SPOOL_DAMAGED',
  'SPOOL_UNREADABLE',
  'DEAD_LETTERS',
] as const;

export type PipelineCode = (typeof PIPELINE_CODES)[number];

/** A finding about the pipeline of entries. */
export interface PipelineFinding extends Finding {
  code: PipelineCode;
  /** The subject. With the code it stays the same while numbers in `what` change. */
  about: string;
  /** Only this tenant's entries are affected; those of all tenants if it is missing. */
  tenant?: string;
  /** Loki's reason. */
  reason?: string;
  /** Entries since the last check. */
  count?: number;
  /** An event since the last check, not a state: each one is reported. */
  event?: boolean;
  /** Counted since the program started, not since an earlier check. */
  fromStart?: boolean;
}

/** One entry, 2 entries. */
export const entries = (count: number): string => `${count} ${count === 1 ? 'entry' : 'entries'}`;
