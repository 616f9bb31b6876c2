import { AuditError } from '../errors.ts';

/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

// Every entry passes here on its way to disk, so this is optimized for speed: the path of a value becomes a text only if
// the value is refused, JSON.stringify does not search text that needs no escape again, and names are cached.
interface Position {
  /** The key or array index on each level of the current path. Deeper steps are left over from earlier values. */
  steps: (string | number)[];
  /** The object or array on each level, likewise. */
  ancestors: object[];
}

function refuse(what: string, { steps }: Position, depth: number): never {
  const path = steps
    .slice(0, depth)
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i > 0 ? `.${step}` : step))
    .join('');
  throw new AuditError('NOT_CANONICAL', `canonical JSON cannot hold ${what} at ${path || 'the top'}`);
}

// The characters that JSON.stringify escapes, and all surrogates, which may be lone.
const NOT_PLAIN = /["\\\u0000-\u001f\ud800-\udfff]/;

function quote(text: string, position: Position, depth: number): string {
  if (!NOT_PLAIN.test(text)) return `"${text}"`;
  // RFC 8785 3.2.2.2 requires an error: two programs would write a lone surrogate differently.
  if (!text.isWellFormed()) refuse('a lone surrogate', position, depth);
  return JSON.stringify(text);
}

// Entries share few keys; a flood of new keys must not fill the memory.
const names = new Map<string, string>();
const MAX_NAMES = 2_000;
const MAX_NAME_LENGTH = 256;

/** A key as it is written, with its colon. */
function nameOf(key: string, position: Position, depth: number): string {
  let name = names.get(key);
  if (name === undefined) {
    name = `${quote(key, position, depth)}:`;
    if (names.size >= MAX_NAMES) names.clear();
    if (key.length <= MAX_NAME_LENGTH) names.set(key, name);
  }
  return name;
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

function writeArray(items: readonly unknown[], position: Position, depth: number): string {
  let text = '';
  // Not for…of or map: a hole must be refused.
  for (let i = 0; i < items.length; i++) {
    position.steps[depth] = i;
    text += (i > 0 ? ',' : '') + write(items[i], position, depth + 1);
  }
  return `[${text}]`;
}

function writeObject(record: Record<string, unknown>, position: Position, depth: number): string {
  let text = '';
  for (const key of sortKeys(Object.keys(record))) {
    const value = record[key];
    if (value === undefined) continue;
    const name = nameOf(key, position, depth);
    position.steps[depth] = key;
    text += (text === '' ? '' : ',') + name + write(value, position, depth + 1);
  }
  return `{${text}}`;
}

function write(value: unknown, position: Position, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value, position, depth);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      // ECMAScript's own number format is RFC 8785's (3.2.2.3); -0 is written 0 by both.
      return Number.isFinite(value) ? String(value) : refuse(String(value), position, depth);
    case 'object':
      break;
    default:
      return refuse(`a ${typeof value}`, position, depth);
  }
  if (value === null) return 'null';
  for (let i = 0; i < depth; i++) if (position.ancestors[i] === value) refuse('a cycle', position, depth);
  position.ancestors[depth] = value;
  if (Array.isArray(value)) return writeArray(value, position, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse('an object that is not plain', position, depth);
  return writeObject(value as Record<string, unknown>, position, depth);
}

/**
 * One line of JSON that is the same for equal values, by RFC 8785 (JSON Canonicalization Scheme). An entry's hash is
 * computed over it.
 *
 * A member whose value is undefined is left out, as JSON.stringify does.
 *
 * @throws AuditError `NOT_CANONICAL` for what JSON cannot hold exactly: NaN, bigint, functions, cycles, lone surrogates,
 *   instances of classes, holes in arrays.
 * @example canonicalJson({ b: 1, a: 'é' }) // '{"a":"é","b":1}'
 */
export function canonicalJson(value: unknown): string {
  return write(value, { steps: [], ancestors: [] }, 0);
}
