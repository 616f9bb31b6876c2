import { AuditError } from '@auditrail/core';

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full: free space, or choose another folder',
  EDQUOT: 'the quota is used up: free space, or choose another folder',
  EROFS: 'the disk is read-only',
  EACCES: 'there is no right to write there',
  EPERM: 'there is no right to write there',
  EFBIG: 'the file is too large for this disk',
};

/** What a failure to write means: `EXPORT_UNWRITABLE`, with the remedy. Anything else is given back. */
export function diskError(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (typeof code !== 'string' || cause instanceof AuditError) return cause;
  return new AuditError('EXPORT_UNWRITABLE', `${path} cannot be written: ${REASONS[code] ?? code}`, { cause });
}
