import { createHash } from 'node:crypto';
import { canonicalJson, cutUtf8, utf8Bytes, type JsonValue } from '@auditrail/core';

/** Stands in the place of a value that was too large: how long it was, and what proves it where it is kept elsewhere. */
export interface CutMark {
  $cut: true;
  /** Length of the whole: of its canonical JSON, or of the raw bytes of binary data. */
  bytes: number;
  /** SHA-256 of the same bytes, 64 hex digits. */
  sha256: string;
  [key: string]: JsonValue;
}

/** The key under which a container says how many of its members were left out. */
export const MORE = '[more]';

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The mark of a value (as canonical JSON) or of binary data. */
export function cutMark(whole: JsonValue | Uint8Array): CutMark {
  const data = whole instanceof Uint8Array ? whole : Buffer.from(canonicalJson(whole));
  return { $cut: true, bytes: data.length, sha256: sha256(data) };
}

/** A text's beginning of at most `bytes`, with length and SHA-256 of the whole (as UTF-8) behind it. */
export function cutText(text: string, bytes: number): string {
  if (utf8Bytes(text) <= bytes) return text;
  return `${cutUtf8(text, bytes)} [cut: ${utf8Bytes(text)} bytes, sha256 ${sha256(text)}]`;
}

/** A value of at most about `bytes`: a longer text stays a text, anything else becomes a {@link CutMark}. */
export function cutValue(value: JsonValue, bytes: number): JsonValue {
  if (typeof value === 'string') return cutText(value, bytes);
  if (value === null || typeof value !== 'object') return value;
  return utf8Bytes(canonicalJson(value)) <= bytes ? value : cutMark(value);
}
