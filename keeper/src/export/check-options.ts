import { AuditError, LIMITS } from '@auditrail/core';
import { CSV_COLUMNS, isCsvColumn } from '@auditrail/core/formats';
import { type TimeRange } from '@auditrail/core/query';
import type { ExportOptions } from './export-options.ts';
import { isFileName } from './manifest.ts';

/** Loki counts nanoseconds in 64 bits, from 1970 on. */
const LATEST_NS = 9_223_372_036_000_000_000n;
/** Longest file name without its ending, in UTF-8 bytes: file systems allow 255 with the ending. */
export const NAME_BYTES = 200;
const DAY_NS = 86_400_000_000_000n;

/** Why a range cannot be exported, if it cannot. */
export function rangeProblem({ start, end }: TimeRange): string | undefined {
  if (start >= end) return 'the range is empty: its start is not before its end';
  if (end - start > BigInt(LIMITS.exportDays) * DAY_NS) {
    return `the range is longer than ${LIMITS.exportDays} days: export it in parts`;
  }
  if (start < 0n || end > LATEST_NS) return 'the range is not between 1970 and 2262';
  return undefined;
}

/** Which of the names is not a column that can be chosen, if one is not. */
export function columnsProblem(names: readonly string[] = []): string | undefined {
  const unknown = names.find((name) => !isCsvColumn(name));
  if (unknown === undefined) return undefined;
  return `there is no column "${unknown}": ${Object.keys(CSV_COLUMNS).join(', ')}, scope.NAME`;
}

function nameProblem(name: string): string | undefined {
  if (name !== '' && isFileName(name) && Buffer.byteLength(name) <= NAME_BYTES) return undefined;
  return `"${name}" cannot begin the files' names: give 1 to ${NAME_BYTES} bytes, without / and \\`;
}

function formatsProblem(formats: ExportOptions['formats']): string | undefined {
  if (formats.length === 0) return 'no format is given';
  return new Set(formats).size < formats.length ? 'a format is given twice' : undefined;
}

type Checked = Pick<ExportOptions, 'range' | 'formats' | 'name' | 'columns'>;

/**
 * Refuses what cannot be exported, before anything is done.
 *
 * @throws AuditError `EXPORT_INVALID`
 */
export function checkOptions({ range, formats, columns, name = 'audit-log' }: Checked): void {
  const problem = rangeProblem(range) ?? nameProblem(name) ?? formatsProblem(formats) ?? columnsProblem(columns);
  if (problem !== undefined) throw new AuditError('EXPORT_INVALID', problem);
}
