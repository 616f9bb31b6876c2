import { LABEL_ATTRIBUTES, lokiName, SCOPE_PREFIX, SERVICE_NAME, toAttributes } from '../src/entry/attributes.ts';
import type { AuditEntry } from '../src/entry/entry.ts';
import { FILTER_FIELDS, fieldStorage, type FieldStorage } from '../src/query/filters.ts';

/** How a field is stored beside the line, and the names of filters for it. */
export interface Stored {
  attribute: string;
  loki: string;
  kind: 'label' | 'metadata' | 'metadata, a list' | 'time stamp' | 'line only';
  filters: string[];
}

// An entry whose fields have different values, so that each attribute shows which field it repeats.
const MARKED: AuditEntry = {
  schema: 2,
  id: 'm-id',
  time: '2026-11-21T06:18:19.123456789Z',
  service: 'm-service',
  action: 'm-action',
  event: 'm-event',
  channel: 'm-channel',
  category: 'task',
  description: 'm-description',
  outcome: 'unknown',
  error: { code: 'm-code', message: 'm-message' },
  actor: {
    type: 'agent',
    id: 'm-actor',
    name: 'm-name',
    email: 'm-email',
    groups: ['m-group'],
    agent: { name: 'm-agent', version: 'm-version', model: 'm-model', runId: 'm-run' },
  },
  onBehalfOf: [{ type: 'api_key', id: 'm-for', name: 'm-for-name', email: 'm-for-email' }],
  reason: 'm-reason',
  authContext: 'm-auth',
  source: { ip: 'm-ip', userAgent: 'm-ua', sessionId: 'm-session', deviceId: 'm-device' },
  target: { type: 'm-target', id: 'm-target-id', name: 'm-target-name' },
  related: [{ type: 'm-related', id: 'm-related-id', name: 'm-related-name' }],
  scope: { '*': 'm-scope' },
  request: { id: 'm-request', method: 'm-method', endpoint: 'm-endpoint', status: 418, operation: 'm-operation' },
  changes: [{ path: 'm-path', before: 'm-before', after: 'm-after' }],
  properties: { '*': 'm-property' },
  trace: { traceId: 'm-trace', spanId: 'm-span' },
  chain: { stream: 'm-stream', seq: 77, prev: 'm-prev', keyId: 'm-key' },
};

// Parts of the record other than its attributes.
const RECORD: Readonly<Record<string, Omit<Stored, 'filters'>>> = {
  time: { attribute: "the record's time", loki: 'the time', kind: 'time stamp' },
  service: { attribute: `\`${SERVICE_NAME}\` of the resource`, loki: lokiName(SERVICE_NAME), kind: 'label' },
  'trace.traceId': { attribute: "the record's trace id", loki: 'trace_id', kind: 'metadata' },
  'trace.spanId': { attribute: "the record's span id", loki: 'span_id', kind: 'metadata' },
};

const valueAt = (path: string): unknown =>
  path
    .replaceAll('[]', '.0')
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], MARKED);

const keysOf = ({ key, parts = [] }: FieldStorage) => [key, ...parts.map((part) => part.key)];

function filtersFor(loki: string): string[] {
  if (loki.endsWith('*')) return ['scope.NAME'];
  return FILTER_FIELDS.filter((field) => keysOf(fieldStorage(field)).includes(loki));
}

/** The storage of a field, found by its value in the attributes of a marked entry. */
export function storedAs(path: string): Stored {
  const record = RECORD[path];
  if (record) return { ...record, filters: filtersFor(record.loki) };
  const value = valueAt(path);
  const found = Object.entries(toAttributes(MARKED)).find(([, one]) =>
    Array.isArray(one) ? one.includes(value as string) : one === value,
  );
  if (!found) {
    return {
      attribute: '',
      loki: '',
      kind: 'line only',
      filters: path.startsWith('properties') ? ['properties.NAME'] : [],
    };
  }
  const [attribute] = found;
  const isLabel = (LABEL_ATTRIBUTES as readonly string[]).includes(attribute);
  const isScope = attribute.startsWith(SCOPE_PREFIX);
  const loki = isScope ? `${lokiName(SCOPE_PREFIX)}*` : lokiName(attribute);
  const kind = isLabel ? 'label' : Array.isArray(found[1]) ? 'metadata, a list' : 'metadata';
  return { attribute: `\`${attribute}\``, loki, kind, filters: filtersFor(loki) };
}
