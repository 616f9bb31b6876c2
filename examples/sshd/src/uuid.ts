import { createHash } from 'node:crypto';

/**
 * A UUIDv7 that is always the same for the same time and text, so that a second import creates the same entries.
 *
 * @param ms milliseconds since 1970
 */
export function deterministicUuidv7(ms: number, text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUIntBE(ms, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
