import { AUTH_CONTEXTS } from '../src/entry/entry-fields.ts';
import { LIMITS } from '../src/limits.ts';

const authContexts = AUTH_CONTEXTS.map((word) => `\`${word}\``).join(', ');

/** What the JSON Schema does not state about a field. */
interface FieldText {
  meaning: string;
  /** The value if an application does not provide one. */
  default?: string;
}

/** Every field of an entry by its path; a list's path ends in `[]`. A test compares the paths with the schema. */
export const FIELD_TEXTS: Readonly<Record<string, FieldText>> = {
  schema: { meaning: 'Version of the schema', default: 'set by the logger' },
  id: { meaning: 'UUIDv7. For imported events, an id that stays the same', default: 'set by the logger' },
  time: { meaning: 'When it happened, RFC 3339 in UTC, up to nine decimals', default: 'set by the logger' },
  service: { meaning: 'The application that wrote the entry', default: 'set by the logger' },
  action: { meaning: 'What happened, in words joined by dots: `user.login`' },
  event: { meaning: 'Kind of change: `created`, `updated`, `login`', default: "the action's last word" },
  channel: { meaning: 'Area with its own retention: `auth`, `security`', default: "the action's first word" },
  category: {
    meaning: 'Who started it: a person, the system, a job',
    default: '`system` if the actor is the system, else `user`',
  },
  description: { meaning: 'A sentence for people' },
  outcome: {
    meaning: 'Result; `unknown` for events that do not state it',
    default: '`failure` if there is an `error`, else `success`',
  },
  'error.code': { meaning: 'Code of the failure' },
  'error.message': { meaning: 'Why it failed' },
  'actor.type': { meaning: 'A person, the platform, a program, a key, or an AI agent (`agent`: since version 2)' },
  'actor.id': { meaning: "The actor's stable id" },
  'actor.name': { meaning: "The actor's name" },
  'actor.email': { meaning: "The actor's e-mail address" },
  'actor.groups[]': { meaning: `Groups and roles; each name has at most ${LIMITS.groupBytes} bytes` },
  'actor.agent.name': { meaning: 'Name of the AI agent' },
  'actor.agent.version': { meaning: 'Version of the agent' },
  'actor.agent.model': { meaning: 'The language model that decided' },
  'actor.agent.runId': { meaning: "The agent's run, conversation or session" },
  'onBehalfOf[].type': { meaning: 'For whom the actor acted, nearest first: types as in `actor.type`' },
  'onBehalfOf[].id': { meaning: 'Id of that person or program' },
  'onBehalfOf[].name': { meaning: 'Name of that person or program' },
  'onBehalfOf[].email': { meaning: 'E-mail address of that person' },
  reason: { meaning: 'Why it was done: a sentence, or a ticket' },
  authContext: { meaning: `The interface that the actor used: ${authContexts}, or a word of your own` },
  'source.ip': { meaning: 'Address of the client' },
  'source.userAgent': { meaning: "The client's `User-Agent`" },
  'source.sessionId': { meaning: 'Session' },
  'source.deviceId': { meaning: 'Device' },
  'target.type': { meaning: 'Type of the record that was acted on' },
  'target.id': { meaning: 'Id of that record' },
  'target.name': { meaning: 'Name of that record' },
  'related[].type': { meaning: 'Further records that the action touched: type' },
  'related[].id': { meaning: 'Id of a further record' },
  'related[].name': { meaning: 'Name of a further record' },
  'scope.*': { meaning: 'Names to filter by, such as `scope.project`: lower-case words' },
  'request.id': { meaning: 'Id that the logs of all services have for this request' },
  'request.method': { meaning: 'HTTP method' },
  'request.endpoint': { meaning: "The route's pattern, not the URL" },
  'request.status': { meaning: 'HTTP status' },
  'request.operation': { meaning: 'Name of the operation' },
  'changes[].path': { meaning: 'Path of a changed value' },
  'changes[].before': { meaning: 'Value before; missing if there was none' },
  'changes[].after': { meaning: 'Value after; missing if it was removed' },
  'properties.*': { meaning: 'Anything else' },
  'trace.traceId': { meaning: 'Trace', default: 'the active OpenTelemetry span' },
  'trace.spanId': { meaning: 'Span', default: 'the active OpenTelemetry span' },
  'chain.stream': { meaning: 'Chain of one emitter', default: 'set by the logger' },
  'chain.seq': { meaning: 'Number in the chain, from 1', default: 'set by the logger' },
  'chain.prev': { meaning: 'Hash of the entry before it; `null` in the first', default: 'set by the logger' },
  'chain.keyId': { meaning: 'Key of its HMAC-SHA-256; without one, its hash is SHA-256', default: 'set by the logger' },
};
