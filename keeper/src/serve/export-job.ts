import { parseTime } from '@auditrail/core';
import { EXPORT_FORMATS, type ExportFormatId } from '@auditrail/core/formats';
import { type EntryQuery, type Filter, type TimeRange } from '@auditrail/core/query';
import type { Scope } from './tokens.ts';

/** The caller. The tenant never comes from the request. */
export interface Caller {
  tenant: string;
  actor: { type: 'user' | 'api_key'; id: string; name: string; email?: string };
  /** How the caller signed in, for entries. */
  authContext: 'grafana' | 'api_token';
  /** IP address of a Grafana user, as the gateway states it. */
  address?: string;
  scopes: readonly Scope[];
}

/** The formats of a background export; each is a separate file. */
export const JOB_FORMATS = Object.keys(EXPORT_FORMATS) as [ExportFormatId, ...ExportFormatId[]];

/** The entries to export. */
export interface ExportRequest {
  name: string;
  formats: ExportFormatId[];
  /** RFC 3339 in UTC, to the nanosecond; `from` is included, `to` is excluded. */
  from: string;
  to: string;
  filters: Filter[];
  search?: string;
  /** Columns of CSV, besides those in every file. Default: all. */
  columns?: string[];
}

/** The query of an export. */
export const jobQuery = ({ filters, search }: ExportRequest): EntryQuery => ({
  filters,
  ...(search !== undefined && { search }),
});

/** The range of an accepted export. */
export function jobRange({ from, to }: ExportRequest): TimeRange {
  const [start, end] = [parseTime(from), parseTime(to)];
  if (start === undefined || end === undefined) throw new TypeError(`${from} to ${to} is not a range`);
  return { start, end };
}

export const STATUSES = ['queued', 'running', 'completed', 'failed', 'cancelled', 'expired'] as const;
export type Status = (typeof STATUSES)[number];

/** Progress of a running export. */
export interface JobProgress {
  rows: number;
  bytes: number;
  /** Share of the range, from 0 to 1. */
  done: number;
}

/** A file of a finished export. */
export interface JobFile {
  format: ExportFormatId;
  /** The file's name, without a folder. */
  name: string;
  rows: number;
  bytes: number;
  sha256: string;
}

export interface JobResult {
  rows: number;
  files: JobFile[];
  /** Name of the signed manifest's file. */
  manifest: string;
}

/** A background export, as stored. Times in milliseconds. */
export interface ExportJob {
  id: string;
  tenant: string;
  request: ExportRequest;
  actor: Caller['actor'];
  status: Status;
  createdMs: number;
  startedMs?: number;
  finishedMs?: number;
  /** When its files are deleted. */
  expiresMs?: number;
  progress?: JobProgress;
  result?: JobResult;
  /** Why it failed. */
  error?: { code: string; message: string };
}
