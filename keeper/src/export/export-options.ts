import type { ExportFormatId } from '@auditrail/core/formats';
import type { LokiClient } from '@auditrail/core/loki';
import type { EntryQuery, TimeRange } from '@auditrail/core/query';
import type { ExportedFile, ExportManifest } from './manifest.ts';
import type { ManifestSigner } from './signer.ts';

/** The entries to export, and the destination. */
export interface ExportOptions {
  /** A client for the tenant whose entries are exported. */
  loki: LokiClient;
  /** Loki's tenant, as the manifest names it. */
  tenant: string;
  query?: EntryQuery;
  /** Up to `LIMITS.exportDays` days. */
  range: TimeRange;
  /** One file each; no format twice. */
  formats: readonly ExportFormatId[];
  /** Columns of tables (CSV). Default: all. */
  columns?: readonly string[];
  /** Folder of this export only, created if missing. It contains the state until the export is complete. */
  folder: string;
  /** The files' names without extension, up to `NAME_BYTES`, without a path. Default: `audit-log`. */
  name?: string;
  /** Signs the manifest; without a signer the manifest has no signature. */
  signer?: ManifestSigner;
  /**
   * What to do if the folder contains a part of an export: `resume` continues it (with the same query, range and formats,
   * or fails with `EXPORT_CONFLICT`), `refuse` (default) fails, `restart` starts again.
   */
  existing?: 'resume' | 'refuse' | 'restart';
  /** Time slices that are read at once. Default: 4. */
  parallel?: number;
  /** How long Loki may be unavailable, in milliseconds, before the export fails. Default: 5 minutes. */
  patienceMs?: number;
  /** Stops the export; written files stay for `resume`. */
  signal?: AbortSignal;
  /**
   * Called when everything is written and synced, before the files get their names: if it rejects, nothing is handed out,
   * and `resume` calls it again.
   */
  beforeNaming?: (complete: Pick<ExportResult, 'rows' | 'files' | 'manifest'>) => Promise<void>;
  /** Called several times a second. */
  onProgress?: (progress: ExportProgress) => void;
}

/** Progress of an export. */
export interface ExportProgress {
  rows: number;
  /** Of all files together. */
  bytes: number;
  /** Written time slices. */
  slices: number;
  /** Everything from this time (nanoseconds) to the range's end is written. */
  reachedNs: bigint;
  /** Share of the range's time that is written, 0 to 1; the number of entries is not known. */
  share: number;
  /** Why the export waits for Loki, if it does. */
  waiting?: string;
}

/** A complete export. */
export interface ExportResult {
  /** Entries, each once, even if an entry was recorded twice. */
  rows: number;
  files: ExportedFile[];
  manifest: ExportManifest;
  /** The manifest's file in the export's folder. */
  manifestName: string;
}
