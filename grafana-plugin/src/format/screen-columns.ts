import { isCsvColumn } from '@auditrail/core/formats';

// Table columns that have other names in a file.
const FILE_COLUMNS: Partial<Record<string, string[]>> = {
  project: ['scope.project'],
  package: ['scope.package'],
  auth: ['authContext'],
  session: ['sessionId'],
  device: ['deviceId'],
  trace: ['traceId'],
  // Changes and properties are in every file.
  info: ['errorCode', 'errorMessage'],
};

/** The selected columns by their names in files, without those that every file contains. */
export function screenColumns(ids: readonly string[]): string[] {
  return ids.flatMap((id) => FILE_COLUMNS[id] ?? id).filter(isCsvColumn);
}
