import { actorBucket, normalEmail } from './actor-bucket.ts';
import type { AuditEntry } from './entry.ts';
import { LIMITS } from '../limits.ts';
import { cutUtf8, utf8Bytes } from '../text.ts';

/**
 * The attributes of an audit log record: the only definition of their names. They follow OTEP 0267 (the audit signal),
 * then OpenTelemetry's semantic conventions, then `audit.*`.
 */
export const ATTRIBUTES = {
  schemaVersion: 'audit.schema.version',
  recordId: 'audit.record.id',
  action: 'audit.action',
  event: 'audit.event',
  channel: 'audit.channel',
  category: 'audit.category',
  outcome: 'audit.outcome',
  errorCode: 'error.type',
  errorMessage: 'error.message',
  actorId: 'audit.actor.id',
  actorType: 'audit.actor.type',
  actorName: 'user.full_name',
  actorEmail: 'user.email',
  actorGroups: 'audit.actor.group',
  actorBucket: 'audit.actor.bucket',
  agentName: 'gen_ai.agent.name',
  agentVersion: 'gen_ai.agent.version',
  agentModel: 'gen_ai.request.model',
  agentRunId: 'audit.agent.run_id',
  onBehalfOfTypes: 'audit.on_behalf_of.type',
  onBehalfOfIds: 'audit.on_behalf_of.id',
  onBehalfOfNames: 'audit.on_behalf_of.name',
  onBehalfOfEmails: 'audit.on_behalf_of.email',
  reason: 'audit.reason',
  authContext: 'audit.auth.context',
  sourceIp: 'client.address',
  userAgent: 'user_agent.original',
  sessionId: 'session.id',
  deviceId: 'device.id',
  targetType: 'audit.target.type',
  targetId: 'audit.target.id',
  targetName: 'audit.target.name',
  relatedTypes: 'audit.related.type',
  relatedIds: 'audit.related.id',
  relatedNames: 'audit.related.name',
  requestId: 'audit.request.id',
  requestMethod: 'http.request.method',
  requestEndpoint: 'url.path',
  requestStatus: 'http.response.status_code',
  requestOperation: 'audit.operation',
  chainStream: 'audit.sequence.stream_id',
  chainSeq: 'audit.sequence.number',
  chainPrev: 'audit.sequence.previous_hash',
  integrityValue: 'audit.integrity.value',
  integrityAlgorithm: 'audit.integrity.algorithm',
  integritySigner: 'audit.integrity.signer',
  integrityCanonicalization: 'audit.integrity.canonicalization',
} as const;

/** The collector adds it if it stores a record under another time than the record claims. */
export const TIME_CLAIMED = 'audit.time.claimed';

/** Prefix of scope names: `scope.project` is `audit.scope.project`. */
export const SCOPE_PREFIX = 'audit.scope.';

/** OpenTelemetry's resource attribute that names the application. */
export const SERVICE_NAME = 'service.name';

/**
 * The attributes that are Loki's index labels (`provisioning/loki/loki.yaml` has the same list, and a test compares
 * the two). Everything else is structured metadata, because each value of a label makes streams of its own.
 */
export const LABEL_ATTRIBUTES = [SERVICE_NAME, ATTRIBUTES.channel, ATTRIBUTES.outcome, ATTRIBUTES.actorBucket] as const;

export type AttributeValue = string | number;

/** An attribute's value as it is stored: longer text is cut, so a filter for it must be cut in the same way. */
export function attributeText(text: string, bytes: number = LIMITS.attributeBytes): string {
  return cutUtf8(text, bytes);
}

/** Loki's name for an attribute: as in Loki's OTLP endpoint, a run of characters other than letters and digits becomes `_`. */
export function lokiName(attribute: string): string {
  return attribute.replace(/[^A-Za-z0-9]+/g, '_');
}

// Loki keeps an array as JSON text: only whole items, so that a filter finds exactly an item. Escapes can make items longer
// than their bytes, and the first version of the schema did not limit groups.
function itemsThatFit(items: readonly string[], most: number, itemBytes: number): string[] {
  const kept: string[] = [];
  let bytes = 2;
  for (const item of items) {
    bytes += utf8Bytes(JSON.stringify(item).replace(GO_ESCAPED, '\\u0000')) + 1;
    if (bytes > 2 + most * (itemBytes + 3)) break;
    kept.push(item);
  }
  return kept;
}

// Characters that Go writes as six bytes in JSON: the collector measures lists in this form.
const GO_ESCAPED = /[<>&\u2028\u2029]/g;

/** One item of an attribute that is a list, as it is stored; a filter for it must be cut in the same way. */
function listItemText(text: string): string {
  return attributeText(text, LIMITS.listItemBytes);
}

// One list for each member, all of the same length: the n-th items belong together, as for attributes of any sender.
function listOf<T>(items: readonly T[] | undefined, read: (item: T) => string | undefined): string[] | undefined {
  const texts = items?.map((item) => listItemText(read(item) ?? ''));
  return texts?.some((text) => text !== '') ? itemsThatFit(texts, LIMITS.related, LIMITS.listItemBytes) : undefined;
}

/**
 * The attributes that repeat the fields people filter by. The line stays the evidence, so it contains all of them.
 *
 * @example toAttributes(entry)['audit.action'] // 'user.login'
 */
export function toAttributes(entry: AuditEntry): Record<string, AttributeValue | string[]> {
  const { actor, onBehalfOf, source, target, related, request, chain } = entry;
  const all: [string, AttributeValue | string[] | undefined][] = [
    [ATTRIBUTES.schemaVersion, entry.schema],
    [ATTRIBUTES.recordId, entry.id],
    [ATTRIBUTES.action, entry.action],
    [ATTRIBUTES.event, entry.event],
    [ATTRIBUTES.channel, entry.channel],
    [ATTRIBUTES.category, entry.category],
    [ATTRIBUTES.outcome, entry.outcome],
    [ATTRIBUTES.errorCode, entry.error?.code],
    [ATTRIBUTES.errorMessage, entry.error?.message],
    [ATTRIBUTES.actorId, actor.id],
    [ATTRIBUTES.actorType, actor.type],
    [ATTRIBUTES.actorName, actor.name],
    [ATTRIBUTES.actorEmail, actor.email && normalEmail(actor.email)],
    [ATTRIBUTES.actorGroups, actor.groups && itemsThatFit(actor.groups, LIMITS.groups, LIMITS.groupBytes)],
    [ATTRIBUTES.actorBucket, actorBucket(actor)],
    [ATTRIBUTES.agentName, actor.agent?.name],
    [ATTRIBUTES.agentVersion, actor.agent?.version],
    [ATTRIBUTES.agentModel, actor.agent?.model],
    [ATTRIBUTES.agentRunId, actor.agent?.runId],
    [ATTRIBUTES.onBehalfOfTypes, onBehalfOf?.map(({ type }) => type)],
    [ATTRIBUTES.onBehalfOfIds, listOf(onBehalfOf, ({ id }) => id)],
    [ATTRIBUTES.onBehalfOfNames, listOf(onBehalfOf, ({ name }) => name)],
    [ATTRIBUTES.onBehalfOfEmails, listOf(onBehalfOf, ({ email }) => email && normalEmail(email))],
    [ATTRIBUTES.reason, entry.reason],
    [ATTRIBUTES.authContext, entry.authContext],
    [ATTRIBUTES.sourceIp, source?.ip],
    [ATTRIBUTES.userAgent, source?.userAgent],
    [ATTRIBUTES.sessionId, source?.sessionId],
    [ATTRIBUTES.deviceId, source?.deviceId],
    [ATTRIBUTES.targetType, target?.type],
    [ATTRIBUTES.targetId, target?.id],
    [ATTRIBUTES.targetName, target?.name],
    [ATTRIBUTES.relatedTypes, listOf(related, ({ type }) => type)],
    [ATTRIBUTES.relatedIds, listOf(related, ({ id }) => id)],
    [ATTRIBUTES.relatedNames, listOf(related, ({ name }) => name)],
    [ATTRIBUTES.requestId, request?.id],
    [ATTRIBUTES.requestMethod, request?.method],
    [ATTRIBUTES.requestEndpoint, request?.endpoint],
    [ATTRIBUTES.requestStatus, request?.status],
    [ATTRIBUTES.requestOperation, request?.operation],
    [ATTRIBUTES.chainStream, chain?.stream],
    [ATTRIBUTES.chainSeq, chain?.seq],
    [ATTRIBUTES.chainPrev, chain?.prev ?? undefined],
    [ATTRIBUTES.integritySigner, chain?.keyId],
    ...Object.entries(entry.scope ?? {}).map(([name, value]): [string, string] => [SCOPE_PREFIX + name, value]),
  ];
  return Object.fromEntries(
    all.flatMap(([name, value]) => {
      if (value === undefined || value === '') return [];
      return [[name, typeof value === 'string' ? attributeText(value) : value]];
    }),
  );
}
