import type { AuditEntry } from '../entry/entry.ts';
import { formatTime } from '../time.ts';
import { isAccount } from './account.ts';
import { entryKind, type EntryKind } from './entry-kind.ts';
import { ipVersion } from './ip-address.ts';
import { freeValues, mappedFormat, compact } from './mapped-format.ts';
import { severityOf } from './severity.ts';

const ECS_VERSION = '9.4.0';
const EVENT = { kind: 'event', module: 'auditrail', dataset: 'auditrail.audit' } as const;

// https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category: each allows some of the types only.
const TYPE: Record<EntryKind, string> = {
  'sign-in': 'start',
  'sign-out': 'end',
  create: 'creation',
  read: 'access',
  update: 'change',
  delete: 'deletion',
  other: 'info',
};

function categoryAndType(entry: AuditEntry): { category?: string[]; type: string[] } {
  const kind = entryKind(entry);
  if (kind === 'sign-in' || kind === 'sign-out') return { category: ['authentication'], type: [TYPE[kind]] };
  if (!isAccount(entry.target)) return { category: ['configuration'], type: [TYPE[kind]] };
  // ECS has no type "access" for accounts.
  return { category: ['iam'], type: ['user', kind === 'read' ? 'info' : TYPE[kind]] };
}

type Identity = NonNullable<AuditEntry['onBehalfOf']>[number];

function userOf({ id, name, email }: Identity) {
  return compact({ id, name: email || name || id, full_name: name, email });
}

/** Every person and account of an entry, for a search over one field. */
function relatedUsers({ actor, onBehalfOf = [], target, related = [] }: AuditEntry): string[] {
  const accounts = [target, ...related].map((record) => (isAccount(record) ? record.id : undefined));
  const all = [...[actor, ...onBehalfOf].flatMap(({ id, email, name }) => [id, email, name]), ...accounts];
  return [...new Set(all)].filter((one): one is string => Boolean(one));
}

function ecs(entry: AuditEntry, line: string): unknown {
  const { actor, onBehalfOf, target, related, source, request, error, trace, chain } = entry;
  const { agent } = actor;
  const ip = source?.ip && ipVersion(source.ip) ? source.ip : undefined;
  const isOnAccount = isAccount(target);
  return compact({
    '@timestamp': entry.time,
    ecs: { version: ECS_VERSION },
    message: entry.description,
    event: compact({
      ...EVENT,
      ...categoryAndType(entry),
      id: entry.id,
      action: entry.action,
      outcome: entry.outcome,
      severity: severityOf(entry),
      provider: entry.service,
      reason: entry.reason || error?.message,
      sequence: chain?.seq,
      original: line,
    }),
    user: compact({
      ...userOf({ ...actor, name: actor.name || agent?.name }),
      // The user with whose rights the actor acted: the nearest one; all are in auditrail.on_behalf_of.
      effective: onBehalfOf?.[0] && userOf(onBehalfOf[0]),
      // ECS has one group; the others are in auditrail.groups.
      group: actor.groups?.[0] === undefined ? undefined : { name: actor.groups[0] },
      target: isOnAccount ? compact({ id: target.id, name: target.name || target.id }) : undefined,
    }),
    source: source?.ip ? compact({ address: source.ip, ip }) : undefined,
    gen_ai:
      agent && compact({ agent: { name: agent.name }, request: agent.model ? { model: agent.model } : undefined }),
    user_agent: source?.userAgent ? { original: source.userAgent } : undefined,
    device: source?.deviceId ? { id: source.deviceId } : undefined,
    http: compact({
      request: request && compact({ id: request.id, method: request.method }),
      response: request?.status === undefined ? undefined : { status_code: request.status },
    }),
    url: request?.endpoint ? { path: request.endpoint } : undefined,
    error: error && compact({ code: error.code, message: error.message }),
    service: { name: entry.service },
    trace: trace && { id: trace.traceId },
    span: trace && { id: trace.spanId },
    labels: entry.scope && compact(entry.scope),
    related: compact({
      user: relatedUsers(entry),
      ip: ip === undefined ? undefined : [ip],
    }),
    // ECS recommends an own top-level name for fields that it does not have.
    auditrail: compact({
      event: entry.event,
      channel: entry.channel,
      category: entry.category,
      actor_type: actor.type,
      agent: agent && compact({ version: agent.version, run_id: agent.runId }),
      on_behalf_of: onBehalfOf,
      groups: actor.groups,
      auth_context: entry.authContext,
      session_id: source?.sessionId,
      target,
      related,
      operation: request?.operation,
      ...freeValues(entry),
      chain,
    }),
  });
}

/**
 * Elastic Common Schema, an object to a line. `event.original` is the stored line, byte for byte; fields that ECS does
 * not have are under `auditrail`.
 */
export const ecsFormat = mappedFormat({
  id: 'ecs',
  entry: ecs,
  unreadable: ({ ns, line, problem }) => ({
    '@timestamp': formatTime(ns),
    ecs: { version: ECS_VERSION },
    message: problem,
    event: { ...EVENT, kind: 'pipeline_error', original: line },
  }),
});
