import type { AuditEntry } from '../entry/entry.ts';
import type { ExportLine } from './export-format.ts';

/**
 * The entry of a line to the last property, or `undefined` where the line is none. The checked `entry` lacks what the check
 * cannot keep (a property named `__proto__`).
 */
export function storedEntry({ line, entry }: ExportLine): AuditEntry | undefined {
  return entry && (JSON.parse(line) as AuditEntry);
}
