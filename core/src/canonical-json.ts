import { AuditError } from './errors.ts';

/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

function refuse(what: string, path: string): never {
  throw new AuditError('NOT_CANONICAL', `canonical JSON cannot hold ${what} at ${path || 'the top'}`);
}

function quote(text: string, path: string): string {
  // RFC 8785 3.2.2.2 demands an error: two programs would write a lone surrogate differently.
  if (!text.isWellFormed()) refuse('a lone surrogate', path);
  return JSON.stringify(text);
}

function write(value: unknown, path: string, ancestors: object[]): string {
  switch (typeof value) {
    case 'string':
      return quote(value, path);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      // ECMAScript's own number format is RFC 8785's (3.2.2.3); -0 is written 0 by both.
      return Number.isFinite(value) ? String(value) : refuse(String(value), path);
    case 'object':
      break;
    default:
      return refuse(`a ${typeof value}`, path);
  }
  if (value === null) return 'null';
  if (ancestors.includes(value)) refuse('a cycle', path);
  ancestors.push(value);
  let text: string;
  if (Array.isArray(value)) {
    text = `[${value.map((item, i) => write(item, `${path}[${i}]`, ancestors)).join(',')}]`;
  } else {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) refuse('an object that is not plain', path);
    const record = value as Record<string, unknown>;
    // RFC 8785 3.2.3 orders keys by UTF-16 units, which is what sort() does.
    const members = Object.keys(record)
      .filter((key) => record[key] !== undefined)
      .sort()
      .map((key) => `${quote(key, path)}:${write(record[key], path ? `${path}.${key}` : key, ancestors)}`);
    text = `{${members.join(',')}}`;
  }
  ancestors.pop();
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
  return write(value, '', []);
}
