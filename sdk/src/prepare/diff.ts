import { canonicalJson, type AuditEntryInput, type Change, type JsonValue } from '@auditrail/core';
import { cutValue, MORE } from './cut.ts';
import { elementsById, isObject, moreOf, namesSecret } from './list-changes.ts';
import { normalise } from './normalise.ts';
import { createPrepareInput, type PrepareInput } from './prepare-input.ts';
import { type RedactOptions } from './redact.ts';

export interface DiffOptions {
  /** Changes that are listed one by one; the last states how many more there are. Default 100. */
  maxChanges?: number | undefined;
  /** Levels that are compared member by member; a deeper object or list is one value. Default 8. */
  maxDepth?: number | undefined;
  /**
   * Members that identify the elements of a list, in this order, before `id`, `_id`, `uuid`, `key` and `name`.
   *
   * @example ['sku']
   */
  idMembers?: readonly string[] | undefined;
  /** Bytes of one value before it is cut. Default 2,000. */
  maxValueBytes?: number | undefined;
  /** As for the logger; paths begin at the compared object (with `changes.` before them, they work too). */
  redact?: RedactOptions | undefined;
}

type JsonObject = Record<string, JsonValue>;

// A list of up to this many plain values is easier to read as a whole.
const SHORT_LIST = 10;

// Numbers, texts and null are compared by ===, everything else by its canonical JSON.
function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return canonicalJson(a) === canonicalJson(b);
}

function memberPath(path: string, key: string): string {
  if (key === '' || /[.[\]"/\\]/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** Collects changes up to a number, and counts the rest. */
class Comparison {
  readonly found: Change[] = [];
  more = 0;
  readonly #maxChanges: number;
  readonly #maxDepth: number;
  readonly #idMembers: readonly string[];

  constructor(maxChanges: number, maxDepth: number, idMembers: readonly string[]) {
    this.#maxChanges = maxChanges;
    this.#maxDepth = maxDepth;
    this.#idMembers = idMembers;
  }

  compare(path: string, before: JsonValue | undefined, after: JsonValue | undefined, depth: number): void {
    if (same(before, after)) return;
    if (depth < this.#maxDepth && !namesSecret(before) && !namesSecret(after)) {
      // A created or deleted object is listed field by field at the top level, and as a whole below it.
      const whole = depth === 0 && (before === undefined || after === undefined);
      if (isObject(before) && isObject(after)) return this.#objects(path, before, after, depth);
      if (whole && isObject(before ?? after)) {
        return this.#objects(path, isObject(before) ? before : {}, isObject(after) ? after : {}, depth);
      }
      if (Array.isArray(before) && Array.isArray(after) && this.#lists(path, before, after, depth)) return;
    }
    this.#add({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) });
  }

  #add(change: Change): void {
    if (this.found.length < this.#maxChanges) this.found.push(change);
    else this.more += 1;
  }

  #objects(path: string, before: JsonObject, after: JsonObject, depth: number): void {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const was = Object.hasOwn(before, key) ? before[key] : undefined;
      const is = Object.hasOwn(after, key) ? after[key] : undefined;
      this.compare(memberPath(path, key), was, is, depth + 1);
    }
  }

  // Objects are compared by their id, or by position if there are equally many. Of other lists, a short one is one value, and
  // a longer one shows what was added and removed.
  #lists(path: string, before: readonly JsonValue[], after: readonly JsonValue[], depth: number): boolean {
    const elements = elementsById(before, after, this.#idMembers);
    if (elements) {
      const { was, is } = elements;
      const found = this.found.length + this.more;
      for (const id of new Set([...was.keys(), ...is.keys()])) {
        this.compare(`${path}[${JSON.stringify(id)}]`, was.get(id), is.get(id), depth + 1);
      }
      // Only the order differs: then the order is what changed.
      return this.found.length + this.more > found;
    }
    if (before.length === after.length && before.every(isObject) && after.every(isObject)) {
      before.forEach((item, i) => this.compare(`${path}[${i}]`, item, after[i], depth + 1));
      return true;
    }
    if (Math.max(before.length, after.length) <= SHORT_LIST) return false;
    const [removed, added] = [moreOf(before, after), moreOf(after, before)];
    if (removed.length > 0) this.#add({ path: `${path}[removed]`, before: removed });
    if (added.length > 0) this.#add({ path: `${path}[added]`, after: added });
    return removed.length + added.length > 0;
  }
}

const prepared = new WeakMap<RedactOptions, PrepareInput>();
const byDefault = createPrepareInput();

function preparerFor(redact: RedactOptions | undefined): PrepareInput {
  if (!redact) return byDefault;
  let prepare = prepared.get(redact);
  if (!prepare) {
    const below = (paths: readonly string[] = []) =>
      paths.map((path) => (path.startsWith('changes.') ? path : `changes.${path}`));
    prepare = createPrepareInput({ ...redact, paths: below(redact.paths), keep: below(redact.keep) });
    prepared.set(redact, prepare);
  }
  return prepare;
}

/**
 * The differences between two states of an object, for an entry's `changes`: secrets are hidden (that they changed is shown, not
 * their values), large values are cut with size and SHA-256, and there are never more than `maxChanges`. Without `before`
 * everything was created, without `after` deleted. Values that JSON does not have follow the rules of {@link normalise}. Never
 * throws.
 *
 * Paths: `address.city`, `items[0]`, `items["42"]` for the element with that `id`, `members[added]` and `members[removed]`
 * for the elements that a list of more than ten plain values gained or lost, `["a.b"]` for a key with a dot.
 *
 * @example
 * diff({ name: 'Ada', password: 'a', roles: ['user'] }, { name: 'Ada', password: 'b', roles: ['user', 'admin'] })
 * // [{ path: 'password', before: '[redacted]', after: '[redacted]' },
 * //  { path: 'roles', before: ['user'], after: ['user', 'admin'] }]
 */
export function diff(
  before: unknown,
  after: unknown,
  options: DiffOptions = {},
): NonNullable<AuditEntryInput['changes']> {
  const { maxChanges = 100, maxDepth = 8, maxValueBytes = 2_000, idMembers = [] } = options;
  const comparison = new Comparison(maxChanges, maxDepth, idMembers);
  comparison.compare('', normalise(before), normalise(after), 0);
  // Hidden before it is cut: the mark must not contain the hash of a secret.
  const { changes = [] } = preparerFor(options.redact)({ changes: comparison.found });
  const cut = changes.map((change): Change => {
    const out: Change = { path: change.path };
    if (change.before !== undefined) out.before = cutValue(change.before as JsonValue, maxValueBytes);
    if (change.after !== undefined) out.after = cutValue(change.after as JsonValue, maxValueBytes);
    return out;
  });
  return comparison.more > 0 ? [...cut, { path: MORE, after: comparison.more }] : cut;
}
