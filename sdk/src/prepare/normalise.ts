import { types } from 'node:util';
import { cutText, cutMark, MORE } from './cut.ts';
import type { JsonValue } from '@auditrail/core';
import { NO_REDACTION, type Redactor } from './redact.ts';
import { isEnd, stepSpot, type Spot } from './redact-paths.ts';

/** Bounds of one field of an entry, before its line is measured. */
export const NORMALISE_LIMITS = {
  /** Levels of objects and arrays. */
  depth: 16,
  /** Values in all. */
  values: 10_000,
  /** UTF-16 units of text in all: the same text a thousand times is a thousand texts in JSON. */
  text: 4_000_000,
  /** Bytes of binary data that are stored as base64; more becomes a cut mark. */
  binaryBytes: 1_024,
} as const;

const MAX_BIGINT = 1n << 4096n;
const CUT_TEXT_BYTES = 1_000;

/** Turns values into plain JSON data, hiding secrets on the way. One walk for one field of an entry. */
export class Normaliser {
  readonly #redactor: Redactor;
  readonly #ancestors: object[] = [];
  #renamed = 1;
  #values: number = NORMALISE_LIMITS.values;
  #text: number = NORMALISE_LIMITS.text;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Makes the normaliser ready for the next field: every field has bounds of its own. */
  reset(): this {
    this.#values = NORMALISE_LIMITS.values;
    this.#text = NORMALISE_LIMITS.text;
    return this;
  }

  /** Plain data for a value; `undefined` for what is left out. Never throws. */
  value(value: unknown, spot: Spot | undefined, raw = false): JsonValue | undefined {
    switch (typeof value) {
      case 'string':
        return this.text(value, raw);
      case 'number':
        // JSON has no NaN: as text it is at least seen.
        if (!Number.isFinite(value)) return String(value);
        return raw ? value : this.#redactor.number(value);
      case 'boolean':
        return value;
      case 'bigint':
        return value < MAX_BIGINT && value > -MAX_BIGINT ? this.text(String(value), raw) : '[bigint too long]';
      case 'object':
        return value === null ? null : this.#object(value, spot, raw);
      default:
        return undefined;
    }
  }

  text(text: string, raw = false): string {
    const left = this.#text;
    // Not even looked at: the time that it takes must have a bound, too.
    if (left <= 0 && text.length > CUT_TEXT_BYTES) return `[text of ${text.length} characters]`;
    this.#text -= text.length;
    const wellFormed = text.toWellFormed();
    // Hidden first: the mark's hash must not be one of a secret.
    const hidden = raw ? wellFormed : this.#redactor.text(wellFormed);
    return text.length > left ? cutText(hidden, CUT_TEXT_BYTES) : hidden;
  }

  #object(value: object, spot: Spot | undefined, raw: boolean): JsonValue | undefined {
    if (this.#ancestors.includes(value)) return '[cycle]';
    if (this.#ancestors.length >= NORMALISE_LIMITS.depth) return '[too deep]';
    if (this.#values <= 0) return '[too many values]';
    this.#ancestors.push(value);
    const depth = this.#ancestors.length;
    try {
      if (Array.isArray(value)) return this.#list(value, value.length, spot, raw);
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) {
        const known = this.#known(value, spot, raw);
        if (known !== undefined) return known;
      }
      return this.#members(value, Object.keys(value), spot, raw);
    } catch {
      // A getter, a proxy: theirs to throw, not ours to fail.
      return '[unreadable]';
    } finally {
      this.#ancestors.length = depth - 1;
    }
  }

  #members(value: object, keys: readonly string[], spot: Spot | undefined, raw: boolean): JsonValue {
    const out: Record<string, JsonValue> = {};
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] ?? '';
      if (this.#values-- <= 0) {
        out[MORE] = keys.length - i;
        break;
      }
      let member: unknown;
      try {
        member = (value as Record<string, unknown>)[key];
      } catch {
        member = '[unreadable]';
      }
      this.member(out, key, member, spot, raw);
    }
    return out;
  }

  /** Puts one member into `out` under its name, hidden where name or place demand it. */
  member(out: Record<string, JsonValue>, key: string, value: unknown, spot: Spot | undefined, raw = false): void {
    const { name, secret } = this.#redactor.key(key);
    const next = spot && stepSpot(spot, key);
    const kept = raw || isEnd(next?.keep);
    const plain = this.value(value, next, kept || ((secret || isEnd(next?.paths)) && value !== null));
    if (plain === undefined) return;
    const hidden = !kept && (isEnd(next?.paths) || (secret && typeof plain !== 'boolean' && plain !== null));
    const stored = hidden ? this.#redactor.hide(plain) : plain;
    // Two names can become one when they are mended or hidden.
    if (name in out && Object.hasOwn(out, name)) out[`${name} (${++this.#renamed})`] = stored;
    else out[name] = stored;
  }

  #list(items: ArrayLike<unknown>, length: number, spot: Spot | undefined, raw: boolean): JsonValue {
    const out: JsonValue[] = [];
    for (let i = 0; i < length; i++) {
      if (this.#values-- <= 0) {
        out.push(`[${length - i} more]`);
        break;
      }
      out.push(this.#item(items, i, spot, raw));
    }
    return out;
  }

  #item(items: ArrayLike<unknown>, i: number, spot: Spot | undefined, raw: boolean): JsonValue {
    let item: unknown;
    try {
      item = items[i];
    } catch {
      return '[unreadable]';
    }
    return this.at(item, stepSpot(spot, String(i)), raw) ?? null;
  }

  /** Plain data for the value at a place, hidden where the place demands it. */
  at(value: unknown, spot: Spot | undefined, raw = false): JsonValue | undefined {
    const kept = raw || isEnd(spot?.keep);
    const hidden = !kept && isEnd(spot?.paths);
    const plain = this.value(value, spot, kept || hidden);
    return hidden && plain !== undefined ? this.#redactor.hide(plain) : plain;
  }

  // Objects whose data does not lie in their own members. Internal slots are read by the language's own functions, so
  // that nothing of the object's own (valueOf, toString, toJSON, an iterator) is called.
  #known(value: object, spot: Spot | undefined, raw: boolean): JsonValue | undefined {
    if (types.isDate(value)) {
      const ms = Date.prototype.getTime.call(value);
      return Number.isNaN(ms) ? '[invalid date]' : new Date(ms).toISOString();
    }
    if (types.isMap(value)) return this.#map(value, spot, raw);
    if (types.isSet(value)) {
      const items: unknown[] = [];
      Set.prototype.forEach.call(value, (item) => items.length <= this.#values && items.push(item));
      return this.#list(items, items.length, spot, raw);
    }
    if (isError(value)) return this.#error(value, spot, raw);
    if (ArrayBuffer.isView(value)) return binary(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    if (types.isAnyArrayBuffer(value)) return binary(Buffer.from(value));
    if (types.isRegExp(value)) return this.text(RegExp.prototype.toString.call(value), raw);
    if (types.isNumberObject(value)) return this.value(Number.prototype.valueOf.call(value), spot, raw);
    if (types.isStringObject(value)) return this.text(String.prototype.valueOf.call(value), raw);
    if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
    if (types.isBigIntObject(value)) return this.value(BigInt.prototype.valueOf.call(value), spot, raw);
    if (value instanceof URL) return this.text(URL.prototype.toString.call(value), raw);
    if (types.isPromise(value)) return '[promise]';
    return undefined;
  }

  #map(map: Map<unknown, unknown>, spot: Spot | undefined, raw: boolean): JsonValue {
    const pairs: [unknown, unknown][] = [];
    Map.prototype.forEach.call(map, (item, key) => pairs.length <= this.#values && pairs.push([key, item]));
    if (!pairs.every(([key]) => typeof key === 'string' || typeof key === 'number')) {
      return this.#list(pairs, pairs.length, spot, raw);
    }
    const out: Record<string, JsonValue> = {};
    for (const [key, item] of pairs) {
      if (this.#values-- <= 0) {
        out[MORE] = map.size;
        break;
      }
      this.member(out, String(key), item, spot, raw);
    }
    return out;
  }

  // No stack: it tells of the program, not of the action, and reading it can run code.
  #error(error: Error, spot: Spot | undefined, raw: boolean): JsonValue {
    const out: Record<string, JsonValue> = {};
    this.member(out, 'name', error.name, spot, raw);
    this.member(out, 'message', error.message, spot, raw);
    if (Object.hasOwn(error, 'cause')) this.member(out, 'cause', error.cause, spot, raw);
    for (const key of Object.keys(error)) {
      if (this.#values-- <= 0) break;
      if (!Object.hasOwn(out, key))
        this.member(out, key, (error as unknown as Record<string, unknown>)[key], spot, raw);
    }
    return out;
  }
}

/** Whether a value is an error, of any realm. */
export function isError(value: unknown): value is Error {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Error.isError, its successor, is not in Node 22.
  return types.isNativeError(value);
}

function binary(bytes: Buffer): JsonValue {
  return bytes.length <= NORMALISE_LIMITS.binaryBytes ? bytes.toString('base64') : cutMark(bytes);
}

/**
 * Plain JSON data for any value, by the rules below; it never throws, and calls nothing of the value's own: no `toJSON`,
 * `toString`, `valueOf` or iterator. Members are read once, so an own getter or a proxy does run.
 *
 * | value | becomes |
 * | --- | --- |
 * | bigint | decimal text |
 * | NaN, Infinity | text of the same name |
 * | undefined, function, symbol | left out; `null` in an array |
 * | lone surrogate | U+FFFD |
 * | Date | ISO 8601 text, or `[invalid date]` |
 * | Map | object, where all keys are texts or numbers; else array of pairs |
 * | Set | array |
 * | Error | `{ name, message, cause?, …own members }`, no stack |
 * | Buffer, typed array, ArrayBuffer | base64 up to 1,024 bytes, else `{ $cut, bytes, sha256 }` |
 * | RegExp, URL, boxed primitives | their text or value |
 * | instance of any other class | its own enumerable members |
 * | cycle, too deep (16), throws when read, Promise | `[cycle]`, `[too deep]`, `[unreadable]`, `[promise]` |
 * | more than 10,000 values | `[n more]` at the end of an array, member `[more]` of an object |
 * | more than 4,000,000 characters | cut, with length and SHA-256; further long texts `[text of n characters]` |
 * | key `__proto__` | key `[__proto__]` |
 *
 * @example normalise(new Map([['at', new Date(0)]])) // { at: '1970-01-01T00:00:00.000Z' }
 */
export function normalise(value: unknown): JsonValue | undefined {
  return new Normaliser(NO_REDACTION).value(value, undefined);
}
