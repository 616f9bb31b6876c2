import { ATTRIBUTES, SCOPE_PREFIX } from './attributes.ts';

// The path of each attribute in an application's input. core/src/entry/attributes.ts names the attributes; a test
// compares both.
const PATHS = new Map<string, readonly [string] | readonly [string, string]>([
  [ATTRIBUTES.recordId, ['id']],
  [ATTRIBUTES.action, ['action']],
  [ATTRIBUTES.event, ['event']],
  [ATTRIBUTES.channel, ['channel']],
  [ATTRIBUTES.category, ['category']],
  [ATTRIBUTES.outcome, ['outcome']],
  [ATTRIBUTES.errorMessage, ['error', 'message']],
  [ATTRIBUTES.actorId, ['actor', 'id']],
  [ATTRIBUTES.actorType, ['actor', 'type']],
  [ATTRIBUTES.actorName, ['actor', 'name']],
  [ATTRIBUTES.actorEmail, ['actor', 'email']],
  [ATTRIBUTES.actorGroups, ['actor', 'groups']],
  [ATTRIBUTES.authContext, ['authContext']],
  [ATTRIBUTES.sourceIp, ['source', 'ip']],
  [ATTRIBUTES.userAgent, ['source', 'userAgent']],
  [ATTRIBUTES.sessionId, ['source', 'sessionId']],
  [ATTRIBUTES.deviceId, ['source', 'deviceId']],
  [ATTRIBUTES.targetType, ['target', 'type']],
  [ATTRIBUTES.targetId, ['target', 'id']],
  [ATTRIBUTES.targetName, ['target', 'name']],
  [ATTRIBUTES.requestMethod, ['request', 'method']],
  [ATTRIBUTES.requestEndpoint, ['request', 'endpoint']],
  [ATTRIBUTES.requestStatus, ['request', 'status']],
  [ATTRIBUTES.requestOperation, ['request', 'operation']],
]);

// Attributes that a logger sets itself: another logger's chain or hash would not fit the entry.
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

/** Fields of an entry that are not checked yet. */
export type UncheckedFields = Record<string, unknown>;

/**
 * Inverse of `toAttributes`: the fields of an entry from the attributes of a log record. An attribute that has no
 * field becomes a property under its own name, so that nothing is lost.
 *
 * The result is unchecked: `completeEntry` (or `record()`) checks it.
 *
 * @example
 * fromAttributes({ 'audit.action': 'user.login', 'audit.actor.type': 'user', 'shop.till': 3 })
 * // { action: 'user.login', actor: { type: 'user' }, properties: { 'shop.till': 3 } }
 */
export function fromAttributes(attributes: Readonly<Record<string, unknown>>): UncheckedFields {
  const fields = new Map<string, unknown>();
  const put = (group: string, name: string, value: unknown): void => {
    const members = (fields.get(group) as Map<string, unknown> | undefined) ?? new Map<string, unknown>();
    fields.set(group, members.set(name, value));
  };
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined || OWN.has(attribute)) continue;
    const [first, second] = PATHS.get(attribute) ?? [];
    if (first !== undefined && second !== undefined) put(first, second, value);
    else if (first !== undefined) fields.set(first, value);
    else if (attribute.startsWith(SCOPE_PREFIX)) put('scope', attribute.slice(SCOPE_PREFIX.length), value);
    else put('properties', attribute, value);
  }
  // Object.fromEntries makes own members only, also of a name such as __proto__.
  return Object.fromEntries(
    [...fields].map(([name, value]) => [name, value instanceof Map ? Object.fromEntries(value) : value]),
  );
}
