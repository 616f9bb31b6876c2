import fc from 'fast-check';
import type { AuditEntryInput } from '../entry/entry.ts';
import { LIMITS } from '../limits.ts';

/** For tests: any text that an entry can contain, unusual ones first. */
export const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '"',
    '`',
    "'",
    '\\',
    '\n',
    '\r\n',
    '\t',
    '\u0000',
    '\u2028',
    '\u2029',
    '\u007f',
    '\ufeff',
    '{{ .x }}',
    '${x}',
    '"}) or vector(1) #',
    '| json | drop',
    '%00',
    '😀'.repeat(20),
    'é',
    'e\u0301',
    '<script>alert(1)</script>',
    '=1+1',
  ),
);

const someText = anyText.filter((text) => text.length > 0);
// JSON.parse of Node 24 (V8 13.6) reads a member that is named by one escaped character, such as a line break, as a
// backslash if an object with a member named by a backslash was made before.
export const anyMemberName = anyText.filter((text) => text !== '\\');
const actorType = fc.constantFrom(
  ...(['user', 'system', 'service', 'api_key', 'agent'] as const satisfies AuditEntryInput['actor']['type'][]),
);
const target = fc.record({ type: someText, id: anyText, name: anyText }, { requiredKeys: ['type'] });
const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,10}$/);

/** For tests: entries that the schema accepts, with and without each optional field. */
export const anyEntryInput: fc.Arbitrary<AuditEntryInput> = fc.record(
  {
    action: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('.')),
    description: anyText,
    actor: fc.record(
      {
        type: actorType,
        id: someText,
        name: anyText,
        email: anyText,
        groups: fc.array(someText, { maxLength: 3 }),
        agent: fc.record(
          { name: someText, version: anyText, model: anyText, runId: anyText },
          { requiredKeys: ['name'] },
        ),
      },
      { requiredKeys: ['type'] },
    ),
    outcome: fc.constantFrom('success' as const, 'failure' as const, 'unknown' as const),
    error: fc.record({ message: anyText, code: anyText }, { requiredKeys: ['message'] }),
    authContext: anyText,
    source: fc.record({ ip: anyText, userAgent: anyText, sessionId: anyText, deviceId: anyText }, { requiredKeys: [] }),
    target,
    related: fc.array(target, { minLength: 1, maxLength: 3 }),
    onBehalfOf: fc.array(
      fc.record({ type: actorType, id: someText, name: anyText, email: anyText }, { requiredKeys: ['type'] }),
      { minLength: 1, maxLength: LIMITS.onBehalfOf },
    ),
    reason: anyText,
    scope: fc.dictionary(word, anyText, { maxKeys: LIMITS.scopeNames }),
    request: fc.record(
      { id: anyText, method: anyText, endpoint: anyText, status: fc.integer(), operation: anyText },
      { requiredKeys: [] },
    ),
    changes: fc.array(fc.record({ path: anyText, before: fc.jsonValue(), after: fc.jsonValue() }), { maxLength: 3 }),
    properties: fc.dictionary(anyMemberName, fc.jsonValue(), { maxKeys: 4 }),
  },
  { requiredKeys: ['action', 'description', 'actor'] },
);
