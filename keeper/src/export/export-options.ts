import type { ExportFormatId } from '@auditrail/core/formats';
import type { LokiClient } from '@auditrail/core/loki';
import type { EntryQuery, TimeRange } from '@auditrail/core/query';
import type { ExportedFile, ExportManifest } from './manifest.ts';
import type { ManifestSigner } from './signer.ts';

/** What to export, and where to. */
export interface ExportOptions {
  /** A client of the tenant whose entries are wanted. */
  loki: LokiClient;
  /** Loki's tenant, as the manifest names it. */
  tenant: string;
  query?: EntryQuery;
  /** Up to `LIMITS.exportDays` days. */
  range: TimeRange;
  /** One file each; no format twice. */
  formats: readonly ExportFormatId[];
  /** Columns of tables (CSV); all by default. */
  columns?: readonly string[];
  /** Folder of this export alone, made where it is missing. It holds the state until the export is complete. */
  folder: string;
  /** Beginning of the files' names, up to `NAME_BYTES`, without a path. Default `audit-log`. */
  name?: string;
  /** Signs the manifest; without one it bears no signature. */
  signer?: ManifestSigner;
  /**
   * What to do where the folder holds a part of an export: `resume` goes on where it ended (the same query, range and
   * formats, or it fails with `EXPORT_CONFLICT`), `refuse` (default) fails, `restart` begins anew.
   */
  existing?: 'resume' | 'refuse' | 'restart';
  /** Time slices that are read at once. Default 4. */
  parallel?: number;
  /** How long Loki may be away, in milliseconds, before the export fails. Default 5 minutes. */
  patienceMs?: number;
  /** Stops the export; what is written stays for `resume`. */
  signal?: AbortSignal;
  /**
   * Called when all is written and synced, before the files get their names: where it rejects, nothing is handed out, and
   * `resume` comes here again.
   */
  beforeNaming?: (complete: Pick<ExportResult, 'rows' | 'files' | 'manifest'>) => Promise<void>;
  /** Called some times a second. */
  onProgress?: (progress: ExportProgress) => void;
}

/** How far an export is. */
export interface ExportProgress {
  rows: number;
  /** Of all files together. */
  bytes: number;
  /** Time slices that are written. */
  slices: number;
  /** Everything from here to the range's end is written, nanoseconds. */
  reachedNs: bigint;
  /** Share of the range that is written, 0 to 1: of its time, as the number of entries is not known. */
  share: number;
  /** Why Loki is being waited for, where it is. */
  waiting?: string;
}

/** A complete export. */
export interface ExportResult {
  rows: number;
  files: ExportedFile[];
  manifest: ExportManifest;
  /** The manifest's file in the export's folder. */
  manifestName: string;
}
