import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import type { JsonValue } from './canonical-json.ts';
import { AuditError, type AuditIssue } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseTime } from '../time.ts';

/** Version of the entry's schema; a reader reports an entry with a newer version instead of guessing. */
export const SCHEMA_VERSION = 1;

// Text with a lone surrogate has no UTF-8 form, so it cannot be stored or hashed.
const text = z
  .string()
  .check(z.refine((value) => value.isWellFormed(), 'must be well-formed Unicode (a lone surrogate is not)'));
const someText = text.check(z.minLength(1));
// Labels and dotted words are index keys in Loki: a small alphabet keeps them cheap and safe to show anywhere.
const word = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/, 'must be a word of letters, digits, _ and -'));
const dottedWord = z.string().check(
  z.maxLength(128),
  // Each a word as above: the first and the last become channel and event by default.
  z.regex(
    /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,63})*$/,
    'must be words of letters, digits, _ and - joined by dots',
  ),
);

const json: z.ZodMiniType<JsonValue> = z.lazy(() =>
  z.union([text, z.number(), z.boolean(), z.null(), z.array(json), z.record(text, json)]),
);

const MAX_DEPTH = 64;

// The same without the path of a problem, because a schema that refers to itself cannot be compiled. Very deep values,
// such as cycles, are left to the schema.
function isJson(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return typeof value === 'boolean';
  if (value === null) return true;
  if (depth > MAX_DEPTH) return false;
  if (!Array.isArray(value)) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return false;
    for (const key of Object.keys(value)) if (!key.isWellFormed()) return false;
  }
  // For a hole of an array, for…of yields undefined, which is not JSON.
  const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const member of members) if (!isJson(member, depth + 1)) return false;
  return true;
}

const actor = z.strictObject({
  /** Who acts: a person, a scheduled job or the platform, another program, a key. */
  type: z.enum(['user', 'system', 'service', 'api_key']),
  id: z.optional(someText),
  name: z.optional(text),
  email: z.optional(text),
  groups: z.optional(z.array(someText).check(z.maxLength(LIMITS.groups))),
});

const entryFields = (json: z.ZodMiniType<JsonValue>) => ({
  /** What happened, in words joined by dots: `user.login`, `project.created`. */
  action: dottedWord,
  /** What kind of change it is: `created`, `updated`, `deleted`, `login`, … Default: the action's last word. */
  event: z.optional(word),
  /** The area of the system, with its own retention: `auth`, `security`, … Default: the action's first word. */
  channel: z.optional(word),
  /** Default: `system` if the actor is the system, else `user`. Jobs have `task`. */
  category: z.optional(z.enum(['user', 'system', 'task'])),
  /** A sentence for people. */
  description: text,
  /** Default: `failure` if there is an `error`, else `success`. */
  outcome: z.optional(z.enum(['success', 'failure', 'unknown'])),
  /** Why it failed. */
  error: z.optional(z.strictObject({ code: z.optional(text), message: text })),
  /** Who did it. */
  actor,
  /** How the actor signed in: `web`, `api`, `cli`, … */
  authContext: z.optional(text),
  /** Where the request came from. */
  source: z.optional(
    z.strictObject({
      ip: z.optional(text),
      userAgent: z.optional(text),
      sessionId: z.optional(text),
      deviceId: z.optional(text),
    }),
  ),
  /** What was acted on. */
  target: z.optional(z.strictObject({ type: someText, id: z.optional(text), name: z.optional(text) })),
  /** Further names to filter by: `{ project: 'apollo' }`. */
  scope: z.optional(
    z
      .record(z.string().check(z.regex(/^[a-z][a-z0-9_]{0,31}$/, 'must be a lower-case word')), text)
      .check(z.refine((scope) => Object.keys(scope).length <= LIMITS.scopeNames, `at most ${LIMITS.scopeNames} names`)),
  ),
  /** The request. `endpoint` is the route's pattern, because a URL can contain names and tokens. */
  request: z.optional(
    z.strictObject({
      method: z.optional(text),
      endpoint: z.optional(text),
      status: z.optional(z.int()),
      operation: z.optional(text),
    }),
  ),
  /** Values before and after; see the SDK's `diff(before, after)`. */
  changes: z.optional(z.array(z.strictObject({ path: text, before: z.optional(json), after: z.optional(json) }))),
  /** Anything else. */
  properties: z.optional(z.record(text, json)),
  /** Default: the active OpenTelemetry span. */
  trace: z.optional(
    z.strictObject({
      traceId: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
      spanId: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
    }),
  ),
});

const id = z.uuidv7();
// OTLP counts nanoseconds from 1970 on, Loki in 63 bits.
const LAST_NS = 2n ** 63n;
const time = z.string().check(
  z.refine((value) => {
    const ns = parseTime(value);
    return ns !== undefined && ns >= 0n && ns < LAST_NS;
  }, 'must be RFC 3339 in UTC, from 1970 to 2262'),
);

// Stored entries can be older.
const FIRST_NS = parseTime(LIMITS.firstTime) ?? 0n;
const givenTime = time.check(
  z.refine(
    (value) => (parseTime(value) ?? FIRST_NS) >= FIRST_NS,
    `must not be before ${LIMITS.firstTime}, the first time that can be read`,
  ),
);

// Values are not copied: a copy would lose a member that is named `__proto__`.
const jsonAsItIs = z.custom<JsonValue>((value) => isJson(value));
const propertiesAsTheyAre = {
  properties: z.optional(
    z.custom<Record<string, JsonValue>>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && isJson(value),
    ),
  ),
};

const inputOf = (json: z.ZodMiniType<JsonValue>) =>
  z.strictObject({
    ...entryFields(json),
    /** For imported history: an id that stays the same if it is imported again. */
    id: z.optional(id),
    /** For imported history: when it happened, from 1990 on. */
    time: z.optional(givenTime),
  });

// Created on first use: that takes as long as loading the rest of this package.
const lazily = <T>(make: () => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};

const inputSchema = lazily(() => inputOf(json));

/** The fields of an {@link AuditEntryInput}. */
export const entryInputFields: () => ReadonlySet<string> = lazily(() => new Set(Object.keys(inputSchema().shape)));

// Every entry passes here on its way to disk. Compiled on first use: a page that only reads may not be allowed to
// compile, and does not need it.
let quickInput: z.ZodMiniType<z.output<ReturnType<typeof inputSchema>>> | undefined;

const entryOf = (json: z.ZodMiniType<JsonValue>) =>
  z.strictObject({
    ...entryFields(json),
    schema: z.literal(SCHEMA_VERSION),
    id,
    time,
    /** The application that wrote the entry: OpenTelemetry's `service.name`, Loki's label `service_name`. */
    service: someText,
    event: word,
    channel: word,
    category: z.enum(['user', 'system', 'task']),
    outcome: z.enum(['success', 'failure', 'unknown']),
    chain: z.optional(
      z.strictObject({
        stream: someText,
        seq: z.int().check(z.minimum(1)),
        /** Hash of the entry before it in this stream; `null` in the first. */
        prev: z.nullable(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
        /** The key of the entry's HMAC-SHA-256; without one its hash is plain SHA-256. */
        keyId: z.optional(someText),
      }),
    ),
  });

/** @internal */
export const entrySchema = lazily(() => entryOf(json));
const storedSchema = lazily(() => z.extend(entryOf(jsonAsItIs), propertiesAsTheyAre));

/** The fields that an application provides; the rest of an {@link AuditEntry} is filled in. */
export type AuditEntryInput = z.input<ReturnType<typeof inputSchema>>;

/** One audit entry as it is stored: who did what to what, when, from where, with what result. */
export type AuditEntry = z.output<ReturnType<typeof entrySchema>>;

export type Actor = AuditEntry['actor'];
export type Outcome = AuditEntry['outcome'];
export type Category = AuditEntry['category'];
export type Change = NonNullable<AuditEntry['changes']>[number];

function issuesOf(error: z.core.$ZodError): AuditIssue[] {
  return error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
}

// zod/mini has no messages of its own.
const messages = { error: en().localeError };

function parse<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = schema.safeParse(value, messages);
  if (result.success) return result.data;
  const issues = issuesOf(result.error);
  const shown = issues.slice(0, 3).map(({ path, message }) => `${path || 'entry'}: ${message}`);
  const more = issues.length > shown.length ? ` (and ${issues.length - shown.length} more)` : '';
  throw new AuditError('INVALID_ENTRY', `invalid audit entry: ${shown.join('; ')}${more}`, { issues });
}

/** The part of an entry that a logger adds to the application's input; an `id` or `time` in the input wins. */
export interface EntryStamp {
  /** UUIDv7. */
  id: string;
  /** RFC 3339 UTC, nanoseconds. */
  time: string;
  service: string;
  chain?: AuditEntry['chain'];
}

/**
 * Checks an application's input and fills in the defaults: `event` is the action's last word, `outcome` is failure if
 * there is an error, `category` follows the actor, `channel` is the action's first word.
 *
 * @throws AuditError `INVALID_ENTRY`, with every field that breaks the schema in `issues`.
 * @example
 * completeEntry({ action: 'user.login', description: 'Ada signed in', actor: { type: 'user', id: '42' } }, stamp)
 * // { event: 'login', channel: 'user', category: 'user', outcome: 'success', … }
 */
export function completeEntry(input: AuditEntryInput, stamp: EntryStamp): AuditEntry {
  quickInput ??= z.compile(z.extend(inputOf(jsonAsItIs), propertiesAsTheyAre));
  const checked = quickInput.safeParse(input);
  // The whole schema reports what is wrong, with paths.
  const fields = checked.success ? checked.data : parse(inputSchema(), input);
  const words = fields.action.split('.');
  return {
    ...fields,
    event: fields.event ?? words.at(-1) ?? fields.action,
    channel: fields.channel ?? words[0] ?? fields.action,
    category: fields.category ?? (fields.actor.type === 'system' ? 'system' : 'user'),
    outcome: fields.outcome ?? (fields.error ? 'failure' : 'success'),
    ...stamp,
    id: fields.id ?? stamp.id,
    time: fields.time ?? stamp.time,
    schema: SCHEMA_VERSION,
  };
}

/**
 * An entry from its stored line.
 *
 * @throws AuditError `INVALID_ENTRY` if the line is not JSON, or not an entry of this schema.
 */
export function parseEntry(line: string): AuditEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new AuditError('INVALID_ENTRY', 'invalid audit entry: the line is not JSON', { cause });
  }
  const checked = storedSchema().safeParse(value);
  // The whole schema reports what is wrong, with paths, and accepts deep nesting.
  return checked.success ? checked.data : parse(entrySchema(), value);
}
