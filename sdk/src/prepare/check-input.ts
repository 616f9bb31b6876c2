import { completeEntry, type AuditEntryInput } from '@auditrail/core';

// Nothing is written with it.
const STAMP = { id: '00000000-0000-7000-8000-000000000000', time: '1970-01-01T00:00:00Z', service: '-' };

/**
 * Checks an entry without recording it.
 *
 * @throws AuditError `INVALID_ENTRY`, with the path of each problem in `issues`
 */
export function checkInput(input: AuditEntryInput): void {
  completeEntry(input, STAMP);
}
