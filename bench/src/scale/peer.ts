import type { TimeRange } from '@auditrail/core/query';
import type { EntriesRequest } from './send-entries.ts';

/** The questions that people ask an audit log. */
export const QUESTIONS = [
  'newest',
  'user',
  'ip',
  'absent_action',
  'target',
  'session',
  'id',
  'absent_id',
  'search_first',
  'count',
  'count_user',
  'histogram',
  'values',
] as const;
export type Question = (typeof QUESTIONS)[number];

/** Rows of a first page: of `newest`, `ip`, `target`, `search_first`. The other lists are whole. */
export const PAGE_ROWS = 100;

/** The most frequent values whose counts are added up for the question `values`. */
export const TOP_VALUES = 50;

/** What the questions are about. */
export interface Subjects {
  /** All entries. */
  range: TimeRange;
  email: string;
  ip: string;
  absentAction: string;
  targetId: string;
  /** In the middle of the range, as the id. */
  sessionId: string;
  id: string;
  absentId: string;
  /** A word of few descriptions. */
  word: string;
}

/** A database with the entries, which runs. */
export interface Peer {
  /** Begins the names of its figures. */
  name: string;
  /** This peer is what the others are compared with: its figures have no prefix, and there are ratios. */
  isOurs?: true;
  /** Stores the entries, and ends when its data is as some days later: all on disk. */
  load(requests: Iterable<EntriesRequest>): Promise<void>;
  /** Asks, and returns the number of rows, or the sum of all counts. */
  ask: Record<Question, (subjects: Subjects) => Promise<number>>;
  diskBytes(): number;
  /** Resident memory; `undefined` if this system does not report it. */
  rssBytes(): number | undefined;
  stop(): Promise<void>;
}

/** Settings of a peer. */
export interface PeerOptions {
  /** An empty folder, deleted afterwards. */
  folder: string;
  log: (line: string) => void;
}
