import { canonicalJson, type JsonValue } from '@auditrail/core';
import { isEntryOfNames } from './named-pairs.ts';

type JsonObject = Record<string, JsonValue>;

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members that usually identify an element. */
const ID_MEMBERS = ['id', '_id', 'uuid', 'key', 'name'];

// The elements by a member, if all have different values there.
function byMember(list: readonly JsonValue[], member: string): Map<string, JsonValue> | undefined {
  const found = new Map<string, JsonValue>();
  for (const item of list) {
    const id = isObject(item) && Object.hasOwn(item, member) ? item[member] : undefined;
    if (typeof id !== 'string' && typeof id !== 'number') return undefined;
    found.set(String(id), item);
  }
  return found.size === list.length ? found : undefined;
}

/** The elements of both lists by the member that identifies them, so that an element that moved does not count as changed. */
export function elementsById(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  idMembers: readonly string[],
): { was: Map<string, JsonValue>; is: Map<string, JsonValue> } | undefined {
  for (const member of [...idMembers, ...ID_MEMBERS]) {
    const was = byMember(before, member);
    const is = was && byMember(after, member);
    if (is) return { was, is };
  }
  return undefined;
}

const textOf = (value: JsonValue) => (typeof value === 'string' ? `"${value}` : canonicalJson(value));

/** The elements that a list has in addition to those of another, each as often as it occurs more often. */
export function moreOf(list: readonly JsonValue[], than: readonly JsonValue[]): JsonValue[] {
  const left = new Map<string, number>();
  for (const item of than) left.set(textOf(item), (left.get(textOf(item)) ?? 0) + 1);
  return list.filter((item) => {
    const count = left.get(textOf(item)) ?? 0;
    left.set(textOf(item), count - 1);
    return count <= 0;
  });
}

/** Whether a value contains the name of a secret beside the secret: then only the whole value shows what to hide. */
export function namesSecret(value: JsonValue | undefined): boolean {
  return typeof value === 'object' && value !== null && isEntryOfNames(value);
}
