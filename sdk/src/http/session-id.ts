import { createHash } from 'node:crypto';

/**
 * The name of a session in the trail: half of the SHA-256 of its cookie or token. Who reads it there cannot make the
 * cookie from it, which needs a cookie that cannot be guessed.
 */
export function sessionIdOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 32);
}

/** The value of one cookie as the header has it. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim() || undefined;
  }
  return undefined;
}
