import { createHash } from 'node:crypto';
import { canonicalJson, cutUtf8, utf8Bytes, type JsonValue } from '@auditrail/core';

/** Replaces a value that was too large: has its size, and the hash that proves a copy kept elsewhere. */
export interface CutMark {
  $cut: true;
  /** Size of the original: of its canonical JSON, or of the raw binary data. */
  bytes: number;
  /** SHA-256 of the same bytes, 64 hex digits. */
  sha256: string;
  [key: string]: JsonValue;
}

/** The key under which a container has the number of its omitted members. */
export const MORE = '[more]';

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The mark of a value (as canonical JSON) or of binary data. */
export function cutMark(whole: JsonValue | Uint8Array): CutMark {
  const data = whole instanceof Uint8Array ? whole : Buffer.from(canonicalJson(whole));
  return { $cut: true, bytes: data.length, sha256: sha256(data) };
}

/** The beginning of a text, at most `bytes`, followed by size and SHA-256 of the original (as UTF-8). */
export function cutText(text: string, bytes: number): string {
  if (utf8Bytes(text) <= bytes) return text;
  return `${cutUtf8(text, bytes)} [cut: ${utf8Bytes(text)} bytes, sha256 ${sha256(text)}]`;
}

/** A value of at most about `bytes`: a longer text is cut, anything else becomes a {@link CutMark}. */
export function cutValue(value: JsonValue, bytes: number): JsonValue {
  if (typeof value === 'string') return cutText(value, bytes);
  if (value === null || typeof value !== 'object') return value;
  return utf8Bytes(canonicalJson(value)) <= bytes ? value : cutMark(value);
}
