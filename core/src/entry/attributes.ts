import { actorBucket } from './actor-bucket.ts';
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
  errorMessage: 'error.message',
  actorId: 'audit.actor.id',
  actorType: 'audit.actor.type',
  actorName: 'user.full_name',
  actorEmail: 'user.email',
  actorGroups: 'audit.actor.group',
  actorBucket: 'audit.actor.bucket',
  authContext: 'audit.auth.context',
  sourceIp: 'client.address',
  userAgent: 'user_agent.original',
  sessionId: 'session.id',
  deviceId: 'device.id',
  targetType: 'audit.target.type',
  targetId: 'audit.target.id',
  targetName: 'audit.target.name',
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

/** Loki's name for an attribute: as in Loki's OTLP endpoint, characters other than letters, digits and `_` become `_`. */
export function lokiName(attribute: string): string {
  return attribute.replace(/[^A-Za-z0-9_]+/g, '_');
}

// Loki keeps an array as JSON text: only whole groups, so that a filter on a group finds exactly that group.
function groupsThatFit(groups: readonly string[]): string[] {
  const kept: string[] = [];
  let bytes = 2;
  for (const group of groups) {
    bytes += utf8Bytes(JSON.stringify(group)) + 1;
    if (bytes > LIMITS.attributeBytes * 4) break;
    kept.push(group);
  }
  return kept;
}

/**
 * The attributes that repeat the fields people filter by. The line stays the evidence, so it contains all of them.
 *
 * @example toAttributes(entry)['audit.action'] // 'user.login'
 */
export function toAttributes(entry: AuditEntry): Record<string, AttributeValue | string[]> {
  const { actor, source, target, request, chain } = entry;
  const all: [string, AttributeValue | string[] | undefined][] = [
    [ATTRIBUTES.schemaVersion, entry.schema],
    [ATTRIBUTES.recordId, entry.id],
    [ATTRIBUTES.action, entry.action],
    [ATTRIBUTES.event, entry.event],
    [ATTRIBUTES.channel, entry.channel],
    [ATTRIBUTES.category, entry.category],
    [ATTRIBUTES.outcome, entry.outcome],
    [ATTRIBUTES.errorMessage, entry.error?.message],
    [ATTRIBUTES.actorId, actor.id],
    [ATTRIBUTES.actorType, actor.type],
    [ATTRIBUTES.actorName, actor.name],
    [ATTRIBUTES.actorEmail, actor.email],
    [ATTRIBUTES.actorGroups, actor.groups && groupsThatFit(actor.groups)],
    [ATTRIBUTES.actorBucket, actorBucket(actor)],
    [ATTRIBUTES.authContext, entry.authContext],
    [ATTRIBUTES.sourceIp, source?.ip],
    [ATTRIBUTES.userAgent, source?.userAgent],
    [ATTRIBUTES.sessionId, source?.sessionId],
    [ATTRIBUTES.deviceId, source?.deviceId],
    [ATTRIBUTES.targetType, target?.type],
    [ATTRIBUTES.targetId, target?.id],
    [ATTRIBUTES.targetName, target?.name],
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
