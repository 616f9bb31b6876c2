import { createHash } from 'node:crypto';

/**
 * A session's id in the audit log: the first 32 hex digits of the SHA-256 of its cookie or token. The cookie cannot be
 * derived from it, provided that the cookie cannot be guessed.
 *
 * @example sessionIdOf(req.cookies.sid) // '5e884898da28047151d0e56f8dc62927'
 */
export function sessionIdOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 32);
}

/** The raw value of a cookie; `undefined` if it is missing or empty. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim() || undefined;
  }
  return undefined;
}
