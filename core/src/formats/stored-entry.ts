import type { AuditEntry } from '../entry/entry.ts';
import type { ExportLine } from './export-format.ts';

/**
 * The entry of a line with every property, or `undefined` if the line is not an entry. The checked `entry` lacks
 * properties that the check cannot keep (one named `__proto__`).
 */
export function storedEntry({ line, entry }: ExportLine): AuditEntry | undefined {
  return entry && (JSON.parse(line) as AuditEntry);
}
