import { parseTime } from '@auditrail/core';
import { EXPORT_FORMATS, type ExportFormatId } from '@auditrail/core/formats';
import { type EntryQuery, type Filter, type TimeRange } from '@auditrail/core/query';
import type { Scope } from './tokens.ts';

/** Who asks. The tenant is never taken from what the caller says. */
export interface Caller {
  tenant: string;
  actor: { type: 'user' | 'api_key'; id: string; name: string; email?: string };
  /** How the caller signed in, for entries. */
  authContext: 'grafana' | 'api_token';
  /** IP address of a Grafana user, as the gateway states it. */
  address?: string;
  scopes: readonly Scope[];
}

/** The formats that a background export offers; each becomes a file of its own. */
export const JOB_FORMATS = Object.keys(EXPORT_FORMATS) as [ExportFormatId, ...ExportFormatId[]];

/** What is to be exported. */
export interface ExportRequest {
  name: string;
  formats: ExportFormatId[];
  /** RFC 3339 in UTC, to the nanosecond; `from` belongs to the range, `to` does not. */
  from: string;
  to: string;
  filters: Filter[];
  search?: string;
  /** Of CSV, beside those of every file; all by default. */
  columns?: string[];
}

/** What an export asks Loki for. */
export const jobQuery = ({ filters, search }: ExportRequest): EntryQuery => ({
  filters,
  ...(search !== undefined && { search }),
});

/** The range of an export that was accepted. */
export function jobRange({ from, to }: ExportRequest): TimeRange {
  const [start, end] = [parseTime(from), parseTime(to)];
  if (start === undefined || end === undefined) throw new TypeError(`${from} to ${to} is not a range`);
  return { start, end };
}

export const STATUSES = ['queued', 'running', 'completed', 'failed', 'cancelled', 'expired'] as const;
export type Status = (typeof STATUSES)[number];

/** How far a running export is. */
export interface JobProgress {
  rows: number;
  bytes: number;
  /** Of the range, from 0 to 1. */
  done: number;
}

/** A file of a finished export. */
export interface JobFile {
  format: ExportFormatId;
  /** As the engine named it, without a folder. */
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

/** A background export, as it is kept. Times in milliseconds. */
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
