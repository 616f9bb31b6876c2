import { isCsvColumn } from '@auditrail/core/formats';

// Columns of the page's table that have other names in a file.
const FILE_COLUMNS: Partial<Record<string, string[]>> = {
  project: ['scope.project'],
  package: ['scope.package'],
  auth: ['authContext'],
  session: ['sessionId'],
  device: ['deviceId'],
  reason: ['errorMessage'],
  trace: ['traceId'],
  // Changes and properties are in every file.
  info: ['errorCode', 'errorMessage'],
};

/** The columns on screen, by the names that files know, without those that are in every file anyway. */
export function screenColumns(ids: readonly string[]): string[] {
  return ids.flatMap((id) => FILE_COLUMNS[id] ?? id).filter(isCsvColumn);
}
