import type { JsonValue } from '@auditrail/core';
import { Normaliser } from './normaliser.ts';
import { NO_REDACTION } from './redact.ts';

/**
 * Plain JSON data for any value, by the rules below. It never throws, and calls none of the value's own functions: no `toJSON`,
 * `toString`, `valueOf` or iterator. It reads each member once, so an own getter or a proxy does run.
 *
 * | value | becomes |
 * | --- | --- |
 * | bigint | decimal text |
 * | NaN, Infinity | text of the same name |
 * | undefined, function, symbol | omitted; `null` in an array |
 * | lone surrogate | U+FFFD |
 * | Date | ISO 8601 text, or `[invalid date]` |
 * | Map | object, if all keys are strings or numbers; otherwise array of pairs |
 * | Set | array |
 * | Error | `{ name, message, cause?, …own members }`, no stack |
 * | Buffer, typed array, ArrayBuffer | base64 up to 1,024 bytes (the 16 bytes of a UUID: its text), otherwise `{ $cut, bytes, sha256 }` |
 * | ObjectId, Long, Decimal128 and similar types of MongoDB, Decimal of decimal.js, Prisma, big.js, bignumber.js | text, such as `507f1f77bcf86cd799439011` or `12.50` |
 * | RegExp, URL, boxed primitives | their text or value |
 * | instance of any other class | its own enumerable members |
 * | cycle, too deep (16), throws when read, Promise | `[cycle]`, `[too deep]`, `[unreadable]`, `[promise]` |
 * | more than 10,000 values | `[n more]` at the end of an array, member `[more]` of an object |
 * | more than 4,000,000 characters | cut, with size and SHA-256; further long texts `[text of n characters]` |
 * | key `__proto__` | key `[__proto__]` |
 *
 * @example normalise(new Map([['at', new Date(0)]])) // { at: '1970-01-01T00:00:00.000Z' }
 */
export function normalise(value: unknown): JsonValue | undefined {
  return new Normaliser(NO_REDACTION).value(value, undefined);
}
