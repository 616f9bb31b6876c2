import { normalEmail } from '../entry/actor-bucket.ts';
import { attributeText } from '../entry/attributes.ts';
import type { AuditEntry } from '../entry/entry.ts';
import { fieldStorage, propertyPath, type FILTER_FIELDS, type FilterField } from '../query/filters.ts';
import { parseTime } from '../time.ts';

/** What a pattern reads of an entry. */
export interface DetectionEvent {
  /** Milliseconds since 1970, with fractions. */
  time: number;
  /** The value of a field as Loki has it; a field with several values, such as `onBehalfOf`, has the first one. */
  value: (field: FilterField) => string | undefined;
}

type Read = (entry: AuditEntry) => string | number | null | undefined;

const onBehalfOf: Read = ({ onBehalfOf: [first] = [] }) =>
  first && ((first.email && normalEmail(first.email)) || first.id || first.name || first.type);

const READ: Record<(typeof FILTER_FIELDS)[number], Read> = {
  action: ({ action }) => action,
  event: ({ event }) => event,
  channel: ({ channel }) => channel,
  category: ({ category }) => category,
  outcome: ({ outcome }) => outcome,
  errorCode: ({ error }) => error?.code,
  errorMessage: ({ error }) => error?.message,
  reason: ({ reason }) => reason,
  service: ({ service }) => service,
  email: ({ actor }) => actor.email && normalEmail(actor.email),
  actorId: ({ actor }) => actor.id,
  actorName: ({ actor }) => actor.name,
  actorType: ({ actor }) => actor.type,
  agent: ({ actor }) => actor.agent?.name,
  agentModel: ({ actor }) => actor.agent?.model,
  agentRunId: ({ actor }) => actor.agent?.runId,
  onBehalfOf,
  group: ({ actor }) => actor.groups?.[0],
  authContext: ({ authContext }) => authContext,
  ip: ({ source }) => source?.ip,
  userAgent: ({ source }) => source?.userAgent,
  sessionId: ({ source }) => source?.sessionId,
  deviceId: ({ source }) => source?.deviceId,
  targetType: ({ target }) => target?.type,
  targetId: ({ target }) => target?.id,
  targetName: ({ target }) => target?.name,
  record: ({ target }) => target?.id || target?.name,
  requestId: ({ request }) => request?.id,
  method: ({ request }) => request?.method,
  endpoint: ({ request }) => request?.endpoint,
  status: ({ request }) => request?.status,
  operation: ({ request }) => request?.operation,
  id: ({ id }) => id,
  traceId: ({ trace }) => trace?.traceId,
  spanId: ({ trace }) => trace?.spanId,
  chainStream: ({ chain }) => chain?.stream,
  chainSeq: ({ chain }) => chain?.seq,
};

const isKnown = (field: string): field is keyof typeof READ => Object.hasOwn(READ, field);

function property(entry: AuditEntry, field: FilterField): string | undefined {
  let value: unknown = entry;
  for (const name of propertyPath(field)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : undefined;
}

function read(entry: AuditEntry, field: FilterField): string | undefined {
  if (field.startsWith('properties.')) return property(entry, field);
  const value = isKnown(field) ? READ[field](entry) : entry.scope?.[field.slice('scope.'.length)];
  return typeof value === 'string' ? attributeText(value, fieldStorage(field).bytes) : value?.toString();
}

/**
 * An entry for {@link evaluate}.
 *
 * @example evaluate(pattern).add(entryEvent(parseEntry(line)))
 */
export function entryEvent(entry: AuditEntry): DetectionEvent {
  return { time: Number(parseTime(entry.time) ?? 0n) / 1e6, value: (field) => read(entry, field) };
}
