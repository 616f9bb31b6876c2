import { canonicalJson, LIMITS, utf8Bytes, type AuditEntry, type Change, type JsonValue } from '@auditrail/core';
import { REDACTED } from './prepare-input.ts';
import { cutMark, cutText, cutValue, MORE, sha256 } from './cut.ts';

/** The name in `properties` under which a cut entry has size and hash of its original line. */
export const FULL = '$full';

// Even full of control characters (six bytes each in JSON), the texts of all fields stay far below the limit.
const TEXT_BYTES = 512;

export interface FittedEntry {
  entry: AuditEntry;
  /** Canonical JSON of `entry`, at most `LIMITS.lineBytes`. */
  line: string;
}

const sizeOf = (value: JsonValue) => utf8Bytes(canonicalJson(value));

interface Cuttable {
  bytes: number;
  cut(): JsonValue;
}

// Largest first, the earlier of two equal ones: the same entry is always cut in the same way.
function cutLargest(values: Cuttable[], over: number): number {
  let left = over;
  for (const value of values.toSorted((a, b) => b.bytes - a.bytes)) {
    if (left <= 0) break;
    left -= Math.max(0, value.bytes - sizeOf(value.cut()));
  }
  return left;
}

function cuttable<T extends object>(holder: T, key: keyof T & (string | number)): Cuttable[] {
  const value = holder[key] as JsonValue | undefined;
  if (value === undefined) return [];
  const assign = (cut: JsonValue) => Object.assign(holder, { [key]: cut }) && cut;
  return [{ bytes: sizeOf(value), cut: () => assign(cutValue(value, TEXT_BYTES)) }];
}

function cutTexts<T extends JsonValue>(value: T): T {
  if (typeof value === 'string') return cutText(value, TEXT_BYTES) as T;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(cutTexts) as T;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cutTexts(member)])) as T;
}

/**
 * Cuts an entry so that its line fits; it never refuses one. It cuts the largest members of `properties` first, then the largest
 * values in `changes`, then texts over 512 bytes anywhere else, and only if that is not enough, all of `changes` and
 * `properties`. A cut text keeps its beginning, followed by size and SHA-256 of the original. A cut object or array becomes
 * `{ $cut: true, bytes, sha256 }`. `properties.$full` has `bytes` and `sha256` of the original line, to prove a copy of it.
 *
 * @example const { entry, line } = fitEntry(completeEntry(prepareInput(input), stamp));
 */
export function fitEntry(entry: AuditEntry): FittedEntry {
  const whole = canonicalJson(entry);
  // A UTF-16 unit takes three bytes at most: short lines need not be measured.
  if (whole.length * 3 <= LIMITS.lineBytes) return { entry, line: whole };
  const bytes = utf8Bytes(whole);
  if (bytes <= LIMITS.lineBytes) return { entry, line: whole };

  const full = { bytes, sha256: sha256(whole) };
  const properties: NonNullable<AuditEntry['properties']> = { ...entry.properties, [FULL]: full };
  let fitted: AuditEntry = { ...entry, properties };
  const changes = entry.changes?.map((change): Change => ({ ...change }));
  if (changes) fitted.changes = changes;

  let over = sizeOf(fitted as unknown as JsonValue) - LIMITS.lineBytes;
  const members = Object.keys(properties).filter((key) => key !== FULL);
  over = cutLargest(
    members.flatMap((key) => cuttable(properties, key)),
    over,
  );
  if (over > 0 && changes) {
    const values = changes.flatMap((change) => [...cuttable(change, 'before'), ...cuttable(change, 'after')]);
    over = cutLargest(values, over);
  }
  if (over > 0) {
    const { properties: kept, changes: keptChanges, ...rest } = fitted;
    fitted = { ...(cutTexts(rest as unknown as JsonValue) as unknown as typeof rest), properties: kept ?? {} };
    if (keptChanges)
      fitted.changes = keptChanges.map(({ path, ...values }) => ({ path: cutText(path, TEXT_BYTES), ...values }));
  }
  const fits = () => sizeOf(fitted as unknown as JsonValue) <= LIMITS.lineBytes;
  if (over > 0 && entry.changes && !fits()) {
    fitted.changes = [{ path: MORE, before: cutMark(entry.changes as JsonValue), after: entry.changes.length }];
  }
  if (over > 0 && !fits()) {
    const hidden = entry.properties?.[REDACTED];
    fitted.properties = { [FULL]: full, [MORE]: members.length, ...(hidden !== undefined && { [REDACTED]: hidden }) };
  }
  return { entry: fitted, line: canonicalJson(fitted) };
}
