import { cutUtf8 } from '@auditrail/core';
import { NAME_BYTES } from '../export/check-options.ts';

/**
 * A person's name for an export as a name that every file system accepts: letters, digits, `.`, `_` and `-`.
 *
 * @example fileNameOf('../Q3 / Ünïcode') // 'Q3-Ünïcode'
 */
export function fileNameOf(name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
    .replace(/\.{2,}/g, '.');
  return cutUtf8(safe, NAME_BYTES) || 'audit-log';
}

/** `Content-Disposition` of a download (RFC 6266): the name in ASCII, and as it is (RFC 8187). */
export function attachment(fileName: string): string {
  const ascii = fileName.replace(/[^A-Za-z0-9._-]/g, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(fileName)}`;
}
