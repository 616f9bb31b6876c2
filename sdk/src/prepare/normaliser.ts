import { types } from 'node:util';
import { cutText, cutMark, MORE } from './cut.ts';
import type { JsonValue } from '@auditrail/core';
import { databaseValue, uuidOf } from './database-values.ts';
import { isError, languageValue } from './language-values.ts';
import { isSecretPair } from './named-pairs.ts';
import { type KeyFacts, type Redactor } from './redact.ts';
import { isEnd, stepSpot, type Spot } from './redact-paths.ts';
import type { NameFacts } from './secret-names.ts';

/** Bounds of one field of an entry, before its line is measured. */
export const NORMALISE_LIMITS = {
  /** Levels of objects and arrays. */
  depth: 16,
  /** Total number of values. */
  values: 10_000,
  /** Total UTF-16 units of text: a text that occurs a thousand times counts a thousand times, as in JSON. */
  text: 4_000_000,
  /** Bytes of binary data that are stored as base64; more becomes a cut mark. */
  binaryBytes: 1_024,
} as const;

const MAX_BIGINT = 1n << 4096n;
const CUT_TEXT_BYTES = 1_000;
// An object with more members is not a name with its value.
const MOST_BESIDE_NAME = 12;

const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'bigint';

/** Whether a value under a name such as `tokens` is their number: 4096, `{ prompt: 7, completion: 2 }`. */
function isCount(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return isNumber(value);
  }
  const members: unknown[] = Object.values(value).slice(0, 20);
  return members.length > 0 && members.every(isNumber);
}

/** Converts values to plain JSON data and hides secrets in them. Walks one field of an entry at a time. */
export class Normaliser {
  readonly #redactor: Redactor;
  readonly #ancestors: object[] = [];
  #renamed = 1;
  #values: number = NORMALISE_LIMITS.values;
  #text: number = NORMALISE_LIMITS.text;
  #inList: 'names' | 'headers' | undefined;
  #identities: ReadonlySet<string> | undefined;
  #watchedDepth = 1;
  #identity = false;
  #hid = false;
  /** Members with hidden parts, of the field that {@link watch} was called for. */
  hidden: string[] = [];

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Prepares for the next field: every field has its own bounds. */
  reset(): this {
    this.#values = NORMALISE_LIMITS.values;
    this.#text = NORMALISE_LIMITS.text;
    this.#identities = undefined;
    return this;
  }

  /** For the next field: records hidden members, and keeps hidden parts of the identities distinct. */
  watch(identities: ReadonlySet<string>, isList = false): void {
    this.#identities = identities;
    this.#watchedDepth = isList ? 2 : 1;
    this.hidden = [];
  }

  /** Plain data for a value; `undefined` for a value that is omitted. Never throws. */
  value(value: unknown, spot: Spot | undefined, raw = false): JsonValue | undefined {
    switch (typeof value) {
      case 'string':
        return this.text(value, raw);
      case 'number':
        // JSON has no NaN: as text, it is at least visible.
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
    // Not searched for secrets: the time for that must have a bound too.
    if (left <= 0 && text.length > CUT_TEXT_BYTES) return `[text of ${text.length} characters]`;
    this.#text -= text.length;
    const wellFormed = text.toWellFormed();
    // Hidden first: the mark must not contain the hash of a secret.
    const hidden = raw
      ? wellFormed
      : this.#identity
        ? this.#redactor.identity(wellFormed)
        : this.#redactor.text(wellFormed);
    if (hidden !== wellFormed) this.#hid = true;
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
      const prototype = Object.getPrototypeOf(value) as object | null;
      if (prototype !== Object.prototype && prototype !== null) {
        const known = this.#known(value, spot, raw);
        if (known !== undefined) return known;
      }
      const keys = Object.keys(value);
      const stored = databaseValue(value, prototype, keys);
      if (stored !== undefined)
        return typeof stored === 'object' ? binary(Buffer.from(stored)) : this.value(stored, spot, raw);
      return this.#members(value, keys, spot, raw);
    } catch {
      // A getter or a proxy of the application threw an error.
      return '[unreadable]';
    } finally {
      this.#ancestors.length = depth - 1;
    }
  }

  #members(value: object, keys: readonly string[], spot: Spot | undefined, raw: boolean): JsonValue {
    const out: Record<string, JsonValue> = {};
    let name: unknown;
    // Written last: the name beside them decides whether they are secret.
    let held: [key: string, value: unknown][] | undefined;
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
      const facts = this.#redactor.key(key);
      if (facts.names && typeof member === 'string') name ??= member;
      if (facts.holds && keys.length <= MOST_BESIDE_NAME) (held ??= []).push([key, member]);
      else this.member(out, key, member, spot, raw, undefined, facts);
    }
    const named = held && typeof name === 'string' && !raw ? this.#redactor.nameFacts(name) : undefined;
    for (const [key, member] of held ?? []) this.member(out, key, member, spot, raw, named);
    return out;
  }

  /**
   * Puts one member into `out` under its name, hidden if its name or path requires it.
   *
   * @param named facts of the name beside the value, if it is the name of a secret
   */
  member(
    out: Record<string, JsonValue>,
    key: string,
    value: unknown,
    spot: Spot | undefined,
    raw = false,
    named?: NameFacts,
    facts: KeyFacts = this.#redactor.key(key),
  ): void {
    const by = facts.secret ? facts : facts.holds && named?.secret ? named : undefined;
    const next = spot && stepSpot(spot, key);
    const watched = this.#identities !== undefined && this.#ancestors.length === this.#watchedDepth;
    if (watched) {
      this.#identity = this.#identities?.has(key) === true || this.#identities?.has('*') === true;
      this.#hid = false;
    }
    this.#inList = key === 'rawHeaders' ? 'headers' : facts.lists ? 'names' : undefined;
    const stored = this.hideOrKeep(value, next, raw || isEnd(next?.keep), isEnd(next?.paths), by);
    if (stored === undefined) return;
    if (watched && this.#hid) this.hidden.push(key);
    if (watched) this.#identity = false;
    const { name } = facts;
    // Two names can become equal when they are corrected or hidden.
    if (name in out && Object.hasOwn(out, name)) out[`${name} (${++this.#renamed})`] = stored;
    else out[name] = stored;
  }

  #list(items: ArrayLike<unknown>, length: number, spot: Spot | undefined, raw: boolean): JsonValue {
    const kind = this.#inList;
    this.#inList = undefined;
    const out: JsonValue[] = [];
    for (let i = 0; i < length; i++) {
      if (this.#values-- <= 0) {
        out.push(`[${length - i} more]`);
        break;
      }
      out.push(this.#item(items, i, spot, raw));
    }
    if (!raw && kind !== 'names') this.#hidePairs(items, out, kind === 'headers', spot);
    return out;
  }

  // A name and its value: `['X-Api-Key', 'x']`; in raw headers, several pairs in a row.
  #hidePairs(items: ArrayLike<unknown>, out: JsonValue[], row: boolean, spot: Spot | undefined): void {
    if (!row && out.length !== 2) return;
    for (let i = 0; i + 1 < out.length; i += 2) {
      const kept = isEnd(stepSpot(spot, String(i + 1))?.keep);
      if (kept || !isSecretPair([out[i], out[i + 1]], this.#redactor)) continue;
      const whole = this.value(items[i + 1], undefined, true);
      if (whole === undefined || whole === null || typeof whole === 'boolean') continue;
      out[i + 1] = this.#redactor.hide(whole);
      this.#hid = true;
    }
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

  /** Plain data for the value at a path, hidden if the path is listed. */
  at(value: unknown, spot: Spot | undefined, raw = false): JsonValue | undefined {
    return this.hideOrKeep(value, spot, raw || isEnd(spot?.keep), isEnd(spot?.paths));
  }

  /**
   * The one rule for what is hidden. A kept value is stored whole. A listed value is hidden, whatever it is. A value under a
   * secret name is hidden unless it reveals nothing: null, a boolean, the number of secrets.
   *
   * @param kept its path is among those to keep
   * @param listed its path is among those to hide
   * @param by facts of the secret name that it is under
   */
  hideOrKeep(
    value: unknown,
    spot: Spot | undefined,
    kept: boolean,
    listed: boolean,
    by?: Pick<NameFacts, 'counts'>,
  ): JsonValue | undefined {
    const secret = by !== undefined && value !== null && !(by.counts && isCount(value));
    const plain = this.value(value, spot, kept || secret || listed);
    if (plain === undefined || kept) return plain;
    if (!listed && !(secret && typeof plain !== 'boolean')) return plain;
    this.#hid = true;
    return this.#redactor.hide(plain);
  }

  // Objects whose data is not in their own members.
  #known(value: object, spot: Spot | undefined, raw: boolean): JsonValue | undefined {
    if (types.isMap(value)) return this.#map(value, spot, raw);
    if (types.isSet(value)) {
      const items: unknown[] = [];
      Set.prototype.forEach.call(value, (item) => items.length <= this.#values && items.push(item));
      return this.#list(items, items.length, spot, raw);
    }
    if (isError(value)) return this.#error(value, spot, raw);
    const known = languageValue(value);
    if (known === undefined) return undefined;
    if ('plain' in known) return known.plain;
    return 'bytes' in known ? binary(known.bytes) : this.value(known.content, spot, raw);
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

  // No stack: it describes the program, not the action, and reading it can run code.
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

function binary(bytes: Buffer): JsonValue {
  const uuid = uuidOf(bytes);
  if (uuid !== undefined) return uuid;
  return bytes.length <= NORMALISE_LIMITS.binaryBytes ? bytes.toString('base64') : cutMark(bytes);
}
