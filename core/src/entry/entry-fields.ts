import * as z from 'zod/mini';
import { LIMITS } from '../limits.ts';
import { utf8Bytes } from '../text.ts';
import type { JsonValue } from './canonical-json.ts';

// Text with a lone surrogate has no UTF-8 form, so it cannot be stored or hashed.
const text = z
  .string()
  .check(z.refine((value) => value.isWellFormed(), 'must be well-formed Unicode (a lone surrogate is not)'));
export const someText = text.check(z.minLength(1));
// Labels and dotted words are index keys in Loki: a small alphabet keeps them cheap and safe to show anywhere.
export const word = z
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

export const json: z.ZodMiniType<JsonValue> = z.lazy(() =>
  z.union([text, z.number(), z.boolean(), z.null(), z.array(json), z.record(text, json)]),
);

const MAX_DEPTH = 64;

// The same without the path of a problem, because a schema that refers to itself cannot be compiled. Very deep values,
// such as cycles, are left to the schema.
export function isJson(value: unknown, depth = 0): boolean {
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

const GROUP_RULE = `must have at most ${LIMITS.groupBytes} bytes`;
const identity = { id: z.optional(someText), name: z.optional(text), email: z.optional(text) };
const target = z.strictObject({ type: someText, id: z.optional(text), name: z.optional(text) });
const request = {
  method: z.optional(text),
  endpoint: z.optional(text),
  status: z.optional(z.int()),
  operation: z.optional(text),
};

/** The usual words for `authContext`. Any other text is valid as well. */
export const AUTH_CONTEXTS = ['ui', 'api', 'mcp', 'cli', 'job'] as const;

/** An `authContext`; editors suggest the usual words. */
export type AuthContext = (typeof AUTH_CONTEXTS)[number] | (string & {});

/** The fields of an application's input, in the first version of the schema. */
export const fieldsOf1 = (json: z.ZodMiniType<JsonValue>) => ({
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
  actor: z.strictObject({
    type: z.enum(['user', 'system', 'service', 'api_key']),
    ...identity,
    groups: z.optional(z.array(someText).check(z.maxLength(100))),
  }),
  /** The interface that the actor used: a word of {@link AUTH_CONTEXTS}, or one of your own. */
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
  target: z.optional(target),
  /** Further names to filter by: `{ project: 'apollo' }`. */
  scope: z.optional(
    z
      .record(z.string().check(z.regex(/^[a-z][a-z0-9_]{0,31}$/, 'must be a lower-case word')), text)
      .check(z.refine((scope) => Object.keys(scope).length <= LIMITS.scopeNames, `at most ${LIMITS.scopeNames} names`)),
  ),
  /** The request. `endpoint` is the route's pattern, because a URL can contain names and tokens. */
  request: z.optional(z.strictObject(request)),
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

const actorTypes = z.enum(['user', 'system', 'service', 'api_key', 'agent']);

/** The fields of an application's input, in the second version of the schema. */
export const fieldsOf2 = (json: z.ZodMiniType<JsonValue>) => ({
  ...fieldsOf1(json),
  /** Who did it: a person, a scheduled job or the platform, another program, a key, an AI agent. */
  actor: z.strictObject({
    type: actorTypes,
    ...identity,
    groups: z.optional(
      z
        .array(someText.check(z.refine((group) => utf8Bytes(group) <= LIMITS.groupBytes, GROUP_RULE)))
        .check(z.maxLength(LIMITS.groups)),
    ),
    /** The program behind an actor that is an AI agent. */
    agent: z.optional(
      z.strictObject({
        name: someText,
        version: z.optional(text),
        /** The language model that decided. */
        model: z.optional(text),
        /** The run, conversation or session of the agent. */
        runId: z.optional(text),
      }),
    ),
  }),
  /** For whom the actor acted, nearest first: the customer whom an administrator impersonates, the person behind an agent. */
  onBehalfOf: z.optional(
    z.array(z.strictObject({ type: actorTypes, ...identity })).check(z.minLength(1), z.maxLength(LIMITS.onBehalfOf)),
  ),
  /** Why it was done: a sentence, or a ticket. */
  reason: z.optional(text),
  request: z.optional(
    z.strictObject({
      ...request,
      /** The id that the logs of all services have for this request. */
      id: z.optional(text),
    }),
  ),
  /** Further records that the action touched. */
  related: z.optional(z.array(target).check(z.minLength(1), z.maxLength(LIMITS.related))),
});
