import type { AuditEntry, Change } from '../entry/entry.ts';
import type { ExportFormat, ExportLine } from './export-format.ts';
import { storedEntry } from './stored-entry.ts';

interface Mapping {
  id: string;
  entry: (entry: AuditEntry, line: string) => unknown;
  /** A line that is not an entry. */
  unreadable: (line: ExportLine) => unknown;
}

/** A format that maps each entry to another schema, an object per line (NDJSON). */
export function mappedFormat({ id, entry, unreadable }: Mapping): ExportFormat {
  return {
    id,
    extension: `${id}.ndjson`,
    contentType: 'application/x-ndjson',
    needsEntry: true,
    separator: '',
    head: () => '',
    row(exported) {
      const stored = storedEntry(exported);
      return `${JSON.stringify(stored ? entry(stored, exported.line) : unreadable(exported))}\n`;
    },
    tail: () => '',
  };
}

/** An object without its empty members: `undefined`, empty text, empty objects. */
export function compact<T extends object>(members: T): T | undefined {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined && value !== '');
  return kept.length > 0 ? (Object.fromEntries(kept) as T) : undefined;
}

/**
 * Free fields of applications, which can be a number in one entry and an object in the next: as JSON texts, because
 * readers with a schema (Elasticsearch, Parquet) refuse or drop a field whose type changes.
 */
export function freeValues({ changes, properties }: AuditEntry): { changes: unknown; properties: string | undefined } {
  const asText = (value: Change['before']) => (value === undefined ? undefined : JSON.stringify(value));
  return {
    changes: changes?.map(({ path, before, after }) => compact({ path, before: asText(before), after: asText(after) })),
    properties: properties && JSON.stringify(properties),
  };
}
