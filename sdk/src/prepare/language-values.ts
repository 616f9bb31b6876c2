import { types } from 'node:util';
import type { JsonValue } from '@auditrail/core';

/** What an object of the language contains: plain data as it is, bytes, or a value that may contain a secret. */
export type LanguageValue = { plain: JsonValue } | { bytes: Buffer } | { content: string | number | bigint };

/** Whether a value is an error, of any realm. */
export function isError(value: unknown): value is Error {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Error.isError, its successor, is not in Node 22.
  return types.isNativeError(value);
}

/**
 * What a Date, a binary, a boxed primitive and the like contain; `undefined` for all others. Internal slots are read by the
 * language's own functions, so that nothing of the object's own (valueOf, toString, toJSON) is called.
 */
export function languageValue(value: object): LanguageValue | undefined {
  if (types.isDate(value)) {
    const ms = Date.prototype.getTime.call(value);
    return { plain: Number.isNaN(ms) ? '[invalid date]' : new Date(ms).toISOString() };
  }
  if (ArrayBuffer.isView(value)) return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength) };
  if (types.isAnyArrayBuffer(value)) return { bytes: Buffer.from(value) };
  if (types.isRegExp(value)) return { content: RegExp.prototype.toString.call(value) };
  if (types.isNumberObject(value)) return { content: Number.prototype.valueOf.call(value) };
  if (types.isStringObject(value)) return { content: String.prototype.valueOf.call(value) };
  if (types.isBooleanObject(value)) return { plain: Boolean.prototype.valueOf.call(value) };
  if (types.isBigIntObject(value)) return { content: BigInt.prototype.valueOf.call(value) };
  if (value instanceof URL) return { content: URL.prototype.toString.call(value) };
  if (types.isPromise(value)) return { plain: '[promise]' };
  return undefined;
}
