import { AuditError } from '@auditrail/core';

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full: free space, or choose another folder',
  EDQUOT: 'the quota is exceeded: free space, or choose another folder',
  EROFS: 'the disk is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EFBIG: 'the file is too large for this disk',
};

/** Maps an error of the file system to `EXPORT_UNWRITABLE` with a remedy. Other errors are returned unchanged. */
export function diskError(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (typeof code !== 'string' || cause instanceof AuditError) return cause;
  return new AuditError('EXPORT_UNWRITABLE', `${path} cannot be written: ${REASONS[code] ?? code}`, { cause });
}
