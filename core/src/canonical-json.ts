import { AuditError } from './errors.ts';

/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

// Every entry passes here on its way to disk, so this is written for speed: where a value stands is kept as a list of steps
// and made a text only when something is refused, and text that needs no escape is not searched again by JSON.stringify.
interface Place {
  steps: (string | number)[];
  ancestors: object[];
}

function refuse(what: string, { steps }: Place): never {
  const path = steps.map((step, i) => (typeof step === 'number' ? `[${step}]` : i > 0 ? `.${step}` : step)).join('');
  throw new AuditError('NOT_CANONICAL', `canonical JSON cannot hold ${what} at ${path || 'the top'}`);
}

// All that JSON.stringify escapes, and all surrogates, which may be lone.
const NOT_PLAIN = /["\\\u0000-\u001f\ud800-\udfff]/;

function quote(text: string, place: Place): string {
  if (!NOT_PLAIN.test(text)) return `"${text}"`;
  // RFC 8785 3.2.2.2 demands an error: two programs would write a lone surrogate differently.
  if (!text.isWellFormed()) refuse('a lone surrogate', place);
  return JSON.stringify(text);
}

// RFC 8785 3.2.3 orders keys by UTF-16 units, which is what `<` and sort() do. Most objects have few keys: insertion is
// several times quicker for those.
function sortKeys(keys: string[]): string[] {
  if (keys.length > 32) return keys.sort();
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let at = i;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

function writeArray(items: readonly unknown[], place: Place): string {
  let text = '';
  // Not for…of or map: a hole must be seen, and refused.
  for (let i = 0; i < items.length; i++) {
    place.steps.push(i);
    text += `${i > 0 ? ',' : ''}${write(items[i], place)}`;
    place.steps.pop();
  }
  return `[${text}]`;
}

function writeObject(record: Record<string, unknown>, place: Place): string {
  let text = '';
  for (const key of sortKeys(Object.keys(record))) {
    const value = record[key];
    if (value === undefined) continue;
    const name = quote(key, place);
    place.steps.push(key);
    text += `${text === '' ? '' : ','}${name}:${write(value, place)}`;
    place.steps.pop();
  }
  return `{${text}}`;
}

function write(value: unknown, place: Place): string {
  switch (typeof value) {
    case 'string':
      return quote(value, place);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      // ECMAScript's own number format is RFC 8785's (3.2.2.3); -0 is written 0 by both.
      return Number.isFinite(value) ? String(value) : refuse(String(value), place);
    case 'object':
      break;
    default:
      return refuse(`a ${typeof value}`, place);
  }
  if (value === null) return 'null';
  if (place.ancestors.includes(value)) refuse('a cycle', place);
  place.ancestors.push(value);
  let text: string;
  if (Array.isArray(value)) {
    text = writeArray(value, place);
  } else {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) refuse('an object that is not plain', place);
    text = writeObject(value as Record<string, unknown>, place);
  }
  place.ancestors.pop();
  return text;
}

/**
 * One line of JSON that is the same for equal values, by RFC 8785 (JSON Canonicalization Scheme): what an entry's hash is
 * taken of.
 *
 * A member whose value is undefined is left out, as JSON.stringify does.
 *
 * @throws AuditError `NOT_CANONICAL` for what JSON cannot hold exactly: NaN, bigint, functions, cycles, lone surrogates,
 *   instances of classes, holes in arrays.
 * @example canonicalJson({ b: 1, a: 'é' }) // '{"a":"é","b":1}'
 */
export function canonicalJson(value: unknown): string {
  return write(value, { steps: [], ancestors: [] });
}
