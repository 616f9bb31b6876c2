import type { Actor } from './entry.ts';
import { LIMITS } from '../limits.ts';

/**
 * The form of an e-mail address in which actors are compared: bucket, filters, attributes, alert rules and dashboards all use
 * it, and the line keeps the address as the application wrote it. Lower case by code point, as the collector's `ToLowerCase`
 * (Go's `unicode.ToLower`) has it.
 *
 * @example normalEmail('Ada@Example.com') // 'ada@example.com'
 */
export function normalEmail(email: string): string {
  if (ASCII.test(email)) return email.toLowerCase();
  return Array.from(email, lower).join('');
}

const ASCII = /^[\x00-\x7f]*$/;
// Capital letters of Unicode 16 and 17: Go knows those of Unicode 15.
const UNKNOWN_TO_GO = /[\u1c89\ua7cb\ua7cc\ua7ce\ua7d2\ua7d4\ua7da\ua7dc\u{10d50}-\u{10d65}\u{16ea0}-\u{16eb8}]/u;

function lower(character: string): string {
  if (character === 'İ') return 'i';
  return UNKNOWN_TO_GO.test(character) ? character : character.toLowerCase();
}

/**
 * A small stable number of a person's e-mail address (any case) or, without one, id: a label with few values that lets Loki
 * skip 15 of 16 streams if one person is searched for. FNV-1a, 32 bits, over UTF-8.
 *
 * @example actorKeyBucket('ada@example.com') === actorKeyBucket('Ada@Example.com')
 */
export function actorKeyBucket(key: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(normalEmail(key))) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return String((hash >>> 0) % LIMITS.actorBuckets);
}

/** The bucket of an entry's actor: by e-mail address, else id, else type. */
export function actorBucket(actor: Actor): string {
  return actorKeyBucket(actor.email || actor.id || actor.type);
}
