import type { AuditEntry } from '../entry/entry.ts';
import { nsToMs, parseTime } from '../time.ts';
import { isAccount } from './account.ts';
import { entryKind, type EntryKind } from './entry-kind.ts';
import { ipVersion } from './ip-address.ts';
import { freeValues, mappedFormat, compact } from './mapped-format.ts';
import { severityOf, wordsOf } from './severity.ts';

const OCSF_VERSION = '1.8.0';
const PRODUCT = { name: 'Audit log', vendor_name: 'Auditrail' };
const OTHER = 99;

// https://schema.ocsf.io: the classes that an audit log needs, and their activities.
const CLASSES = {
  base: { uid: 0, category: 0 },
  accountChange: { uid: 3001, category: 3 },
  authentication: { uid: 3002, category: 3 },
  entityManagement: { uid: 3004, category: 3 },
  apiActivity: { uid: 6003, category: 6 },
} as const;
const CRUD: Partial<Record<EntryKind, number>> = { create: 1, read: 2, update: 3, delete: 4 };
const ACCOUNT_ACTIVITIES: readonly [word: string, activity: number][] = [
  ['password', 3],
  ['unlocked', 12],
  ['locked', 9],
  ['enabled', 2],
  ['disabled', 5],
  ['created', 1],
  ['deleted', 6],
];

// 0 to 10 as in CEF, to Informational, Low, Medium, High, Critical.
const severityId = (severity: number) =>
  severity <= 1 ? 1 : severity <= 3 ? 2 : severity <= 6 ? 3 : severity <= 8 ? 4 : 5;

// https://schema.ocsf.io/1.8.0/data_types: addresses that OCSF accepts; others are in `unmapped`.
const EMAIL = /^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$/;
// HTTP's methods; others that an application uses are in `unmapped`.
const METHODS = new Set('OPTIONS GET HEAD POST PUT DELETE TRACE CONNECT PATCH'.split(' '));
const emailOf = (text: string | undefined) => (text && EMAIL.test(text) ? text : undefined);

function userOf({ type, id, name, email, groups, agent }: AuditEntry['actor']) {
  const typeId = { user: 1, system: 3, service: 4, api_key: OTHER, agent: OTHER }[type];
  return {
    // A user needs a name or a uid.
    ...compact({
      name: email || name || agent?.name || (id ? undefined : type),
      uid: id,
      full_name: name,
      email_addr: emailOf(email),
    }),
    type_id: typeId,
    type: { api_key: 'API key', agent: 'AI agent' }[type as string],
    groups: groups?.map((group) => ({ name: group })),
  };
}

const agentOf = ({ name, version, model, runId }: NonNullable<AuditEntry['actor']['agent']>) =>
  compact({ name, version, model, run_id: runId });

// A record needs a name or a uid.
function recordOf({ type, id, name }: NonNullable<AuditEntry['target']>) {
  return compact({ name: name || (id ? undefined : type), uid: id, type });
}

type Fields = Record<string, unknown>;

// The class of an entry, its activity, and the fields that this class alone has.
function classOf(entry: AuditEntry, endpoint: Fields | undefined): [keyof typeof CLASSES, activity: number, Fields] {
  const { action, event, actor, target, related, request, service } = entry;
  const kind = entryKind(entry);
  if (kind === 'sign-in' || kind === 'sign-out') {
    return ['authentication', kind === 'sign-in' ? 1 : 2, { user: userOf(actor), service: { name: service } }];
  }
  const name = target?.name || undefined;
  const id = target?.id || undefined;
  if (isAccount(target) && kind !== 'read' && (name || id)) {
    const words = wordsOf(action, event);
    const activity = ACCOUNT_ACTIVITIES.find(([word]) => words.includes(word))?.[1] ?? OTHER;
    return ['accountChange', activity, { user: compact({ name, uid: id }) }];
  }
  if (target) {
    const own = { entity: recordOf(target), comment: entry.reason };
    return ['entityManagement', CRUD[kind] ?? OTHER, own];
  }
  if (request && endpoint) {
    const operation = request.operation || action;
    const response = request.status === undefined ? undefined : { code: request.status };
    return [
      'apiActivity',
      CRUD[kind] ?? OTHER,
      { api: { operation, service: { name: service } }, http_response: response, resources: related?.map(recordOf) },
    ];
  }
  return ['base', OTHER, {}];
}

function ocsf(entry: AuditEntry, line: string): unknown {
  const { actor, onBehalfOf, related, source, request, error } = entry;
  const ip = source?.ip && ipVersion(source.ip) ? source.ip : undefined;
  const endpoint = ip === undefined ? undefined : { ip };
  const [name, activity, own] = classOf(entry, endpoint);
  const { uid, category } = CLASSES[name];
  const common = {
    class_uid: uid,
    category_uid: category,
    activity_id: activity,
    ...(activity === OTHER && { activity_name: entry.action }),
    type_uid: uid * 100 + activity,
    time: nsToMs(parseTime(entry.time) ?? 0n),
    severity_id: severityId(severityOf(entry)),
    status_id: { unknown: 0, success: 1, failure: 2 }[entry.outcome],
    status_code: error?.code,
    status_detail: error?.message,
    message: entry.description,
    metadata: compact({
      version: OCSF_VERSION,
      product: PRODUCT,
      uid: entry.id,
      original_time: entry.time,
      event_code: entry.action,
      log_name: entry.channel,
      log_provider: entry.service,
      sequence: entry.chain?.seq,
      correlation_uid: entry.trace?.traceId,
    }),
    raw_data: line,
    unmapped: compact({
      event: entry.event,
      category: entry.category,
      auth_context: entry.authContext,
      // OCSF 1.8 has no field for a person behind an actor, and its AI model needs a provider.
      on_behalf_of: onBehalfOf,
      agent: actor.agent && agentOf(actor.agent),
      reason: 'comment' in own ? undefined : entry.reason,
      request_id: name === 'base' ? request?.id : undefined,
      related: 'resources' in own ? undefined : related,
      actor_email: emailOf(actor.email) ? undefined : actor.email,
      source_ip: ip ? undefined : source?.ip,
      device_id: source?.deviceId,
      target: entry.target,
      scope: entry.scope,
      method: request?.method && !METHODS.has(request.method) ? request.method : undefined,
      operation: request?.operation,
      status: request?.status,
      ...freeValues(entry),
      trace: entry.trace,
      chain: entry.chain,
    }),
    ...own,
  };
  if (name === 'base') return compact(common);
  const session = source?.sessionId ? { uid: source.sessionId } : undefined;
  return compact({
    ...common,
    actor: compact({ user: userOf(actor), app_name: actor.agent?.name, session }),
    src_endpoint: endpoint,
    http_request: compact({
      uid: request?.id,
      http_method: request?.method && METHODS.has(request.method) ? request.method : undefined,
      user_agent: source?.userAgent,
      url: request?.endpoint ? { path: request.endpoint } : undefined,
    }),
  });
}

/**
 * Open Cybersecurity Schema Framework, an event to a line: Authentication, Account Change, Entity Management, API
 * Activity, and Base Event for the rest. `raw_data` is the stored line, byte for byte; fields that OCSF does not have are
 * under `unmapped`.
 */
export const ocsfFormat = mappedFormat({
  id: 'ocsf',
  entry: ocsf,
  unreadable: ({ ns, line, problem }) => ({
    ...{ class_uid: 0, category_uid: 0, activity_id: 0, type_uid: 0, severity_id: 0 },
    time: nsToMs(ns),
    message: problem,
    metadata: { version: OCSF_VERSION, product: PRODUCT },
    raw_data: line,
  }),
});
