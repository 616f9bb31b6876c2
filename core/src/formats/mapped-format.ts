import type { AuditEntry, Change } from '../entry/entry.ts';
import type { ExportFormat, ExportLine } from './export-format.ts';
import { storedEntry } from './stored-entry.ts';

interface Mapping {
  id: string;
  entry: (entry: AuditEntry, line: string) => unknown;
  /** A line that is no entry. */
  foreign: (line: ExportLine) => unknown;
}

/** A format that says each entry in the words of another schema, as an object to a line (NDJSON). */
export function mappedFormat({ id, entry, foreign }: Mapping): ExportFormat {
  return {
    id,
    extension: `${id}.ndjson`,
    contentType: 'application/x-ndjson',
    needsEntry: true,
    separator: '',
    head: () => '',
    row(exported) {
      const stored = storedEntry(exported);
      return `${JSON.stringify(stored ? entry(stored, exported.line) : foreign(exported))}\n`;
    },
    tail: () => '',
  };
}

/** An object without the members that say nothing: `undefined`, empty text, empty objects. */
export function said<T extends object>(members: T): T | undefined {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined && value !== '');
  return kept.length > 0 ? (Object.fromEntries(kept) as T) : undefined;
}

/**
 * What an application writes freely, whose values may be a number in one entry and an object in the next: as JSON texts,
 * because readers with a schema (Elasticsearch, Parquet) refuse or drop a field whose type changes.
 */
export function freeValues({ changes, properties }: AuditEntry): { changes: unknown; properties: string | undefined } {
  const asText = (value: Change['before']) => (value === undefined ? undefined : JSON.stringify(value));
  return {
    changes: changes?.map(({ path, before, after }) => said({ path, before: asText(before), after: asText(after) })),
    properties: properties && JSON.stringify(properties),
  };
}
