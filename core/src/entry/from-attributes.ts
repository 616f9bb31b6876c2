import { ATTRIBUTES, SCOPE_PREFIX } from './attributes.ts';

// The field of an entry for each attribute of core/src/entry/attributes.ts; a test compares the two.
const FIELDS = new Map<string, readonly string[]>([
  [ATTRIBUTES.recordId, ['id']],
  [ATTRIBUTES.action, ['action']],
  [ATTRIBUTES.event, ['event']],
  [ATTRIBUTES.channel, ['channel']],
  [ATTRIBUTES.category, ['category']],
  [ATTRIBUTES.outcome, ['outcome']],
  [ATTRIBUTES.errorCode, ['error', 'code']],
  [ATTRIBUTES.errorMessage, ['error', 'message']],
  [ATTRIBUTES.actorId, ['actor', 'id']],
  [ATTRIBUTES.actorType, ['actor', 'type']],
  [ATTRIBUTES.actorName, ['actor', 'name']],
  [ATTRIBUTES.actorEmail, ['actor', 'email']],
  [ATTRIBUTES.actorGroups, ['actor', 'groups']],
  [ATTRIBUTES.agentName, ['actor', 'agent', 'name']],
  [ATTRIBUTES.agentVersion, ['actor', 'agent', 'version']],
  [ATTRIBUTES.agentModel, ['actor', 'agent', 'model']],
  [ATTRIBUTES.agentRunId, ['actor', 'agent', 'runId']],
  [ATTRIBUTES.authContext, ['authContext']],
  [ATTRIBUTES.sourceIp, ['source', 'ip']],
  [ATTRIBUTES.userAgent, ['source', 'userAgent']],
  [ATTRIBUTES.sessionId, ['source', 'sessionId']],
  [ATTRIBUTES.deviceId, ['source', 'deviceId']],
  [ATTRIBUTES.targetType, ['target', 'type']],
  [ATTRIBUTES.targetId, ['target', 'id']],
  [ATTRIBUTES.targetName, ['target', 'name']],
  [ATTRIBUTES.reason, ['reason']],
  [ATTRIBUTES.requestId, ['request', 'id']],
  [ATTRIBUTES.requestMethod, ['request', 'method']],
  [ATTRIBUTES.requestEndpoint, ['request', 'endpoint']],
  [ATTRIBUTES.requestStatus, ['request', 'status']],
  [ATTRIBUTES.requestOperation, ['request', 'operation']],
]);

// Lists whose n-th items are one member of a list.
const LISTS = [
  {
    field: 'onBehalfOf',
    type: 'user',
    members: {
      type: ATTRIBUTES.onBehalfOfTypes,
      id: ATTRIBUTES.onBehalfOfIds,
      name: ATTRIBUTES.onBehalfOfNames,
      email: ATTRIBUTES.onBehalfOfEmails,
    },
  },
  {
    field: 'related',
    type: 'record',
    members: { type: ATTRIBUTES.relatedTypes, id: ATTRIBUTES.relatedIds, name: ATTRIBUTES.relatedNames },
  },
] as const;
const IN_LISTS = new Set<string>(LISTS.flatMap(({ members }) => Object.values(members)));

// What a logger states itself: the chain or hash of another logger would not fit the entry.
const OWN = new Set<string>([
  ATTRIBUTES.schemaVersion,
  ATTRIBUTES.actorBucket,
  ATTRIBUTES.chainStream,
  ATTRIBUTES.chainSeq,
  ATTRIBUTES.chainPrev,
  ATTRIBUTES.integrityValue,
  ATTRIBUTES.integrityAlgorithm,
  ATTRIBUTES.integritySigner,
  ATTRIBUTES.integrityCanonicalization,
]);

/** Fields of an entry as a sender stated them, not checked yet. */
export type UncheckedFields = Record<string, unknown>;

type Fields = Map<string, unknown>;

function put(fields: Fields, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    fields.set(name, value);
    return;
  }
  const known = fields.get(name);
  const members = known instanceof Map ? (known as Fields) : new Map<string, unknown>();
  put(members, rest, value);
  fields.set(name, members);
}

// Object.fromEntries makes own members only, also of a name such as __proto__.
const objectOf = (fields: Fields): UncheckedFields =>
  Object.fromEntries(
    [...fields].map(([name, value]) => [name, value instanceof Map ? objectOf(value as Fields) : value]),
  );

// A sender may state a single value as it is, without a list.
function listed({ type, members }: (typeof LISTS)[number], attributes: Readonly<Record<string, unknown>>): unknown[] {
  const columns = Object.entries(members).map(([name, attribute]): [string, unknown[]] => {
    const value = attributes[attribute] ?? [];
    return [name, Array.isArray(value) ? value : [value]];
  });
  const length = Math.max(...columns.map(([, values]) => values.length));
  return Array.from({ length }, (_, i) => {
    const given = columns.filter(([, values]) => values[i] !== undefined && values[i] !== '');
    return { type, ...Object.fromEntries(given.map(([name, values]) => [name, values[i]])) };
  });
}

/**
 * The inverse of `toAttributes`: the fields of an entry from the attributes of a log record. An attribute without a field
 * becomes a member of `properties` under its own name, so that nothing is lost.
 *
 * The result is unchecked: `completeEntry` (or `record()`) reports what is wrong with it.
 *
 * @example
 * fromAttributes({ 'audit.action': 'user.login', 'audit.actor.type': 'user', 'shop.till': 3 })
 * // { action: 'user.login', actor: { type: 'user' }, properties: { 'shop.till': 3 } }
 */
export function fromAttributes(attributes: Readonly<Record<string, unknown>>): UncheckedFields {
  const fields: Fields = new Map();
  // Instrumentation of language models states a model without an agent.
  const hasAgent = attributes[ATTRIBUTES.agentName] !== undefined;
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined || OWN.has(attribute) || IN_LISTS.has(attribute)) continue;
    const path = FIELDS.get(attribute);
    if (path && (hasAgent || path[1] !== 'agent')) put(fields, path, value);
    else if (attribute.startsWith(SCOPE_PREFIX)) put(fields, ['scope', attribute.slice(SCOPE_PREFIX.length)], value);
    else put(fields, ['properties', attribute], value);
  }
  for (const list of LISTS) {
    const items = listed(list, attributes);
    if (items.length > 0) fields.set(list.field, items);
  }
  const error = fields.get('error');
  if (error instanceof Map && !error.has('message')) error.set('message', '');
  return objectOf(fields);
}
