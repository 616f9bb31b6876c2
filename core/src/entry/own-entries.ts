import type { EntryQuery, TimeRange } from '../query/logql.ts';
import { formatTime } from '../time.ts';
import type { AuditEntryInput, Change } from './entry.ts';

/** What Auditrail itself records about its use; the writer adds `actor` and `authContext`. */
type OwnEntry = Omit<AuditEntryInput, 'actor' | 'id' | 'time'>;

/** What happens to an export. */
export type ExportEvent = 'created' | 'downloaded' | 'deleted' | 'cancelled' | 'expired' | 'failed';

/** A file of an export. */
export interface ExportEntryFile {
  name: string;
  format: string;
  rows: number;
  bytes: number;
  /** In hexadecimal. */
  sha256: string;
}

export interface ExportEntryOptions {
  /** Identifies the export in all entries about it. */
  id: string;
  name: string;
  formats: readonly string[];
  query: EntryQuery;
  range: TimeRange;
  /** The files that the entry is about, once they are complete. */
  files?: readonly ExportEntryFile[];
  /** Why the export failed. */
  error?: AuditEntryInput['error'];
}

/** The entry about an export, whichever program ran it: `audit.export.downloaded` and the like. */
export function exportEntry(event: ExportEvent, options: ExportEntryOptions): OwnEntry {
  const { id, name, formats, query, range, files, error } = options;
  const { filters = [], search } = query;
  return {
    action: `audit.export.${event}`,
    channel: 'audit',
    description: `Audit log export ${event}`,
    target: { type: 'audit_export', id, name },
    ...(error && { error }),
    properties: {
      formats: [...formats],
      range: { from: formatTime(range.start), to: formatTime(range.end) },
      filters: filters.map(({ field, operator, values }) => ({ field, operator, values: [...values] })),
      ...(search && { search }),
      ...(files && {
        // A format that keeps every link of a chain has more lines than one with each entry once.
        rows: Math.max(0, ...files.map(({ rows }) => rows)),
        files: files.map(({ name, format, rows, bytes, sha256 }) => ({ name, format, rows, bytes, sha256 })),
      }),
    },
  };
}

export interface RevealEntryOptions {
  reason: string;
  /** The page's URL parameters: what was on the screen. */
  view: string;
  /** The entry whose personal data is revealed; without it, everything on the page until `until`. */
  entryId?: string | undefined;
  until?: Date | undefined;
}

/** The entry about a person who reveals personal data: `audit.personal_data.revealed`. */
export function revealEntry({ reason, view, entryId, until }: RevealEntryOptions): OwnEntry {
  return {
    action: 'audit.personal_data.revealed',
    channel: 'audit',
    description: entryId
      ? 'Revealed the personal data of an entry of the audit log'
      : 'Revealed the personal data of the audit log for a while',
    ...(entryId && { target: { type: 'audit_entry', id: entryId } }),
    properties: { reason: reason.trim(), view: view.replace(/^\?/, ''), ...(until && { until: until.toISOString() }) },
  };
}

export interface SettingsEntryOptions {
  /** All settings after the change, without secrets. */
  settings: Readonly<Record<string, boolean | number | string | undefined>>;
  changes: readonly Change[];
  /** Whether the secret with the gateway's address and token was replaced. */
  gatewayChanged: boolean;
}

/** The entry about changed settings of the app: `audit.settings.updated`. */
export function settingsEntry({ settings, changes, gatewayChanged }: SettingsEntryOptions): OwnEntry {
  return {
    action: 'audit.settings.updated',
    channel: 'audit',
    description: 'Changed the settings of the audit log',
    target: { type: 'audit_settings', name: 'Auditrail' },
    ...(changes.length > 0 && { changes: [...changes] }),
    properties: { ...settings, gatewayChanged },
  };
}
