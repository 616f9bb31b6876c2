import { normalEmail } from '../entry/actor-bucket.ts';
import { attributeText } from '../entry/attributes.ts';
import type { AuditEntry } from '../entry/entry.ts';
import { fieldStorage, propertyPath, type FILTER_FIELDS, type FilterField } from '../query/filters.ts';

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

function property(entry: AuditEntry, field: FilterField): string | undefined {
  let value: unknown = entry;
  for (const name of propertyPath(field)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : undefined;
}

const isKnown = (field: string): field is keyof typeof READ => Object.hasOwn(READ, field);

type ReadText = (entry: AuditEntry) => string | undefined;

function readerFor(field: FilterField): ReadText {
  if (field.startsWith('properties.')) return (entry) => property(entry, field);
  const scope = field.slice('scope.'.length);
  const read: Read = isKnown(field) ? READ[field] : (entry) => entry.scope?.[scope];
  const { bytes } = fieldStorage(field);
  return (entry) => {
    const value = read(entry);
    return typeof value === 'string' ? attributeText(value, bytes) : value?.toString();
  };
}

// Each rule reads some fields of each entry.
const readers = new Map<FilterField, ReadText>();

function read(entry: AuditEntry, field: FilterField): string | undefined {
  let reader = readers.get(field);
  if (!reader) readers.set(field, (reader = readerFor(field)));
  return reader(entry);
}

// Date.parse is slow for more than three decimals.
function timeOf({ time }: AuditEntry): number {
  if (time.length <= 24) return Date.parse(time);
  return Date.parse(`${time.slice(0, 23)}Z`) + Number(`0.${time.slice(23, -1)}`);
}

/**
 * An entry for {@link evaluate}.
 *
 * @example evaluate(pattern).add(entryEvent(parseEntry(line)))
 */
export function entryEvent(entry: AuditEntry): DetectionEvent {
  return { time: timeOf(entry), value: (field) => read(entry, field) };
}
