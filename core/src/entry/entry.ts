import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import type { JsonValue } from './canonical-json.ts';
import { AuditError, type AuditIssue } from '../errors.ts';
import { fieldsOf1, fieldsOf2, isJson, json, someText, word } from './entry-fields.ts';
import { LIMITS } from '../limits.ts';
import { parseTime } from '../time.ts';

/** The version of the schema that entries are written in. */
export const SCHEMA_VERSION = 2;

/** The versions that can be read. A reader that meets a newer one reports it instead of guessing. */
export const SCHEMA_VERSIONS = [1, 2] as const;

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
    ...fieldsOf2(json),
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

const completed = () => ({
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

const entryOf1 = (json: z.ZodMiniType<JsonValue>) =>
  z.strictObject({ ...fieldsOf1(json), ...completed(), schema: z.literal(1) });
const entryOf2 = (json: z.ZodMiniType<JsonValue>) =>
  z.strictObject({ ...fieldsOf2(json), ...completed(), schema: z.literal(2) });

/** @internal The schema of each version. */
export const entrySchemas = { 1: lazily(() => entryOf1(json)), 2: lazily(() => entryOf2(json)) };
const storedSchemas = {
  1: lazily(() => z.extend(entryOf1(jsonAsItIs), propertiesAsTheyAre)),
  2: lazily(() => z.extend(entryOf2(jsonAsItIs), propertiesAsTheyAre)),
};
const compiledSchemas = {
  1: lazily(() => z.compile(storedSchemas[1]())),
  2: lazily(() => z.compile(storedSchemas[2]())),
};
let checks: { [version in SchemaVersion]: () => z.ZodMiniType<AuditEntry> } = storedSchemas;

/**
 * Makes {@link parseEntry} twice as fast by compiling the schema: for programs that read very many entries. A page may not
 * be allowed to compile.
 */
export function compileEntryChecks(): void {
  checks = compiledSchemas;
}

/** The fields that an application provides; the rest of an {@link AuditEntry} is filled in. */
export type AuditEntryInput = z.input<ReturnType<typeof inputSchema>>;

/**
 * One audit entry as it is stored: who did what to what, when, from where, with what result. An entry of the first version
 * has some fields less.
 */
export type AuditEntry = Omit<z.output<ReturnType<(typeof entrySchemas)[2]>>, 'schema'> & { schema: SchemaVersion };
export type SchemaVersion = (typeof SCHEMA_VERSIONS)[number];

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
  const version = versionOf(value);
  const checked = checks[version]().safeParse(value);
  // The whole schema reports what is wrong, with paths, and accepts deep nesting.
  return checked.success ? checked.data : parse<AuditEntry>(entrySchemas[version](), value);
}

function versionOf(value: unknown): SchemaVersion {
  const schema: unknown = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (typeof schema === 'number' && schema > SCHEMA_VERSION) {
    const message = `the entry has schema ${schema}, and this version reads ${SCHEMA_VERSIONS.join(' and ')}: use a newer one`;
    throw new AuditError('INVALID_ENTRY', message, { issues: [{ path: 'schema', message }] });
  }
  return schema === 1 ? 1 : 2;
}
