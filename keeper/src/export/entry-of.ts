import { AuditError, parseEntry, type AuditEntry } from '@auditrail/core';

/** The entry of a line; `undefined` if the line is not one. */
export function entryOf(line: string): AuditEntry | undefined {
  try {
    return parseEntry(line);
  } catch (error) {
    if (error instanceof AuditError) return undefined;
    throw error;
  }
}
