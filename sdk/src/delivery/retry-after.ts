/** Longest pause that a server can request, in milliseconds: a wrong clock or a mistake must not stop delivery for days. */
export const RETRY_AFTER_CAP_MS = 5 * 60_000;

/**
 * The pause that `Retry-After` requests, in milliseconds, at most {@link RETRY_AFTER_CAP_MS}; `undefined` if it is missing or
 * cannot be read.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 * @example retryAfterMs('120') // 120000
 */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  const value = header?.trim() ?? '';
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, RETRY_AFTER_CAP_MS);
  // Date.parse accepts many texts that are not HTTP dates, such as "-5" or "1.5".
  if (!/^[A-Z][a-z]+, /.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - now, 0), RETRY_AFTER_CAP_MS);
}
