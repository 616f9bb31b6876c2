import { cutUtf8, entryInputFields, LIMITS, type AuditEntryInput, type JsonValue } from '@auditrail/core';
import { MORE } from './cut.ts';
import { isError } from './language-values.ts';
import { Normaliser } from './normaliser.ts';
import { createRedactor, type RedactOptions, type Redactor } from './redact.ts';
import { isEnd, pathSegments, stepSpot, type Spot } from './redact-paths.ts';

const MAX_FIELDS = 64;
const MAX_CHANGES = 1_000;
const MAX_PATH = 1_000;
/** The name in `properties` under which an entry lists its identities with hidden parts. */
export const REDACTED = '$redacted';

/** The name in `properties` under which an entry states how many items of a list are missing or cut. */
const LEFT_OUT = '$left_out';

// Identities are not secrets, but may look like one: a UUID has enough digits for a card number.
const IDENTITIES = new Map<string, ReadonlySet<string>>([
  ['actor', new Set(['id', 'name', 'email', 'groups'])],
  ['onBehalfOf', new Set(['id', 'name', 'email'])],
  ['related', new Set(['id', 'name'])],
  ['source', new Set(['sessionId', 'deviceId'])],
  ['target', new Set(['id', 'name'])],
  ['scope', new Set(['*'])],
]);

// Values of the schema that cannot be secrets, but may look like one (a UUID has enough digits for a card number).
const PLAIN_FIELDS = new Set(['action', 'event', 'channel', 'category', 'outcome', 'id', 'time', 'trace']);

/**
 * Makes the input of an application safe to check, hash and store: converts it to plain data by the rules of {@link normalise} and
 * hides secrets. Always returns a copy, so later changes to the caller's objects have no effect. The schema decides whether it is
 * an entry (`completeEntry`). Never throws.
 */
export type PrepareInput = (input: unknown) => AuditEntryInput;

/** @throws TypeError if an option can never have an effect, or hides nothing because its key is missing */
export function createPrepareInput(options: RedactOptions = {}): PrepareInput {
  for (const name of ['paths', 'keep'] as const) {
    for (const path of options[name] ?? []) {
      const [first = ''] = pathSegments(path);
      if (first === '*' || entryInputFields().has(first)) continue;
      // Otherwise it would hide nothing, and nobody would notice.
      const fields = [...entryInputFields()].join(', ');
      throw new TypeError(`redact.${name}: "${path}" is not a path in an entry; begin with *, or one of ${fields}`);
    }
  }
  const redactor = createRedactor(options);
  const top: Spot | undefined =
    redactor.paths || redactor.keep ? { paths: redactor.paths, keep: redactor.keep } : undefined;
  return (input) => prepare(input, redactor, top) as AuditEntryInput;
}

function prepare(input: unknown, redactor: Redactor, top: Spot | undefined): unknown {
  const normaliser = new Normaliser(redactor);
  if (input === null || typeof input !== 'object') return normaliser.value(input, top);
  try {
    const out: Record<string, JsonValue> = {};
    const hidden: string[] = [];
    const keys = Object.keys(input);
    for (let i = 0; i < keys.length && i < MAX_FIELDS; i++) {
      const key = keys[i] ?? '';
      const value: unknown = (input as Record<string, unknown>)[key];
      normaliser.reset();
      if (typeof value === 'string' && PLAIN_FIELDS.has(key)) out[key] = value.toWellFormed();
      else if (key === 'changes' && Array.isArray(value)) out[key] = changes(value, normaliser, redactor, top);
      else {
        const identities = IDENTITIES.get(key);
        if (identities) normaliser.watch(identities, Array.isArray(value));
        // The schema's names are not keys of the application: a rule for those must not make an entry invalid.
        const plain = normaliser.at(key === 'error' ? errorFacts(value) : value, stepSpot(top, key), key === 'trace');
        if (plain !== undefined) out[redactor.key(key).name] = plain;
        if (identities) for (const member of new Set(normaliser.hidden)) hidden.push(`${key}.${member}`);
      }
    }
    if (hidden.length > 0) addProperty(out, REDACTED, hidden);
    const leftOut = boundLists(out);
    if (leftOut) addProperty(out, LEFT_OUT, leftOut);
    return out;
  } catch {
    return undefined;
  }
}

// Readers of the entry must know that a field is not all that the application stated.
function addProperty(out: Record<string, JsonValue>, name: string, value: JsonValue): void {
  const { properties = {} } = out;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return;
  out['properties'] = { ...properties, [name]: value };
}

const isPlain = (value: JsonValue | undefined): value is Record<string, JsonValue> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Bounds the lists that can have any length in an application, so that the entry is stored: groups of the actor, and further
 * records.
 *
 * @returns how many items of each list are missing or cut, if any
 */
function boundLists(out: Record<string, JsonValue>): Record<string, number> | undefined {
  const leftOut: Record<string, number> = {};
  const { actor, related } = out;
  if (isPlain(actor) && Array.isArray(actor['groups'])) {
    const { groups } = actor;
    const kept = groups
      .slice(0, LIMITS.groups)
      .map((group) => (typeof group === 'string' ? cutUtf8(group, LIMITS.groupBytes) : group));
    const changed = groups.filter((group, i) => kept[i] !== group).length;
    if (changed > 0) {
      out['actor'] = { ...actor, groups: kept };
      leftOut['actor.groups'] = changed;
    }
  }
  if (Array.isArray(related) && related.length > LIMITS.related) {
    out['related'] = related.slice(0, LIMITS.related);
    leftOut['related'] = related.length - LIMITS.related;
  }
  return Object.keys(leftOut).length > 0 ? leftOut : undefined;
}

// People write `error: caught`; the schema has a code and a message.
function errorFacts(value: unknown): unknown {
  if (!isError(value)) return value;
  const { code } = value as { code?: unknown };
  const word = typeof code === 'string' || typeof code === 'number' ? String(code) : value.name;
  return { code: word, message: value.message };
}

function changes(
  list: readonly unknown[],
  normaliser: Normaliser,
  redactor: Redactor,
  top: Spot | undefined,
): JsonValue {
  const spot = stepSpot(top, 'changes');
  const out: JsonValue[] = [];
  for (let i = 0; i < list.length; i++) {
    if (i >= MAX_CHANGES) {
      out.push({ path: MORE, after: list.length - i });
      break;
    }
    out.push(change(list[i], String(i), normaliser, redactor, spot));
  }
  return out;
}

function change(
  value: unknown,
  index: string,
  normaliser: Normaliser,
  redactor: Redactor,
  spot: Spot | undefined,
): JsonValue {
  if (value === null || typeof value !== 'object') return normaliser.value(value, undefined) ?? null;
  const { path } = value as { path?: unknown };
  const segments = typeof path === 'string' ? changeSegments(path.slice(-MAX_PATH)) : [];
  // A rule can match the path in the entry (`changes.0.after`), or the path that the change itself has.
  const byForm = stepSpot(spot, index);
  // A parent path matches too: `changes.user` includes `user.iban`.
  let byPath = spot;
  let [keptAbove, listedAbove] = [false, false];
  for (const segment of segments) {
    byPath = stepSpot(byPath, segment);
    keptAbove ||= isEnd(byPath?.keep);
    listedAbove ||= isEnd(byPath?.paths);
  }
  const named = segments.map((segment) => redactor.key(segment)).filter(({ secret }) => secret);
  const counted = named.every(({ counts }) => counts);
  const out: Record<string, JsonValue> = {};
  for (const key of Object.keys(value).slice(0, MAX_FIELDS)) {
    const member: unknown = key === 'path' ? path : (value as Record<string, unknown>)[key];
    if (key !== 'before' && key !== 'after') {
      normaliser.member(out, key, member, byForm);
      continue;
    }
    // An element of a list of secrets is not their number, unless it is one: `/tokens/0`.
    const by = named.length > 0 ? { counts: counted && typeof member === 'number' } : undefined;
    const at = joinSpots(stepSpot(byForm, key), byPath);
    const stored = normaliser.hideOrKeep(member, at, keptAbove || isEnd(at?.keep), listedAbove || isEnd(at?.paths), by);
    if (stored !== undefined) out[key] = stored;
  }
  return out;
}

// JSON pointers work too.
const changeSegments = (path: string) => pathSegments(path.startsWith('/') ? path.replaceAll('/', '.') : path);

function joinSpots(a: Spot | undefined, b: Spot | undefined): Spot | undefined {
  if (!a || !b) return a ?? b;
  return { paths: [...(a.paths ?? []), ...(b.paths ?? [])], keep: [...(a.keep ?? []), ...(b.keep ?? [])] };
}

const prepared = new WeakMap<RedactOptions, PrepareInput>();
const byDefault = createPrepareInput();

/**
 * {@link createPrepareInput} for one call. The result for a `redact` object is cached, so do not change the object afterwards.
 *
 * @example prepareInput({ …, properties: { password: 'x', at: new Date() } }, {}).properties // { password: '[redacted]', at: '2026-…' }
 */
export function prepareInput(input: unknown, { redact }: { redact?: RedactOptions | undefined } = {}): AuditEntryInput {
  if (redact === undefined) return byDefault(input);
  let prepare = prepared.get(redact);
  if (!prepare) prepared.set(redact, (prepare = createPrepareInput(redact)));
  return prepare(input);
}
