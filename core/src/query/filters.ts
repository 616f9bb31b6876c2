import * as z from 'zod/mini';
import { ATTRIBUTES, lokiName, SCOPE_PREFIX, SERVICE_NAME } from '../entry/attributes.ts';
import { AuditError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

const listOf = (attribute: string) =>
  ({ kind: 'list', key: lokiName(attribute), bytes: LIMITS.listItemBytes }) as const;

/**
 * The fields that entries can be filtered by: their name in URLs and saved views, and how Loki stores the value. A
 * `label` narrows the streams that Loki reads; `metadata` is compared entry by entry.
 */
const FIELDS = {
  action: { kind: 'metadata', key: lokiName(ATTRIBUTES.action) },
  event: { kind: 'metadata', key: lokiName(ATTRIBUTES.event) },
  channel: { kind: 'label', key: lokiName(ATTRIBUTES.channel) },
  category: { kind: 'metadata', key: lokiName(ATTRIBUTES.category), values: ['user', 'system', 'task'] },
  outcome: { kind: 'label', key: lokiName(ATTRIBUTES.outcome), values: ['success', 'failure', 'unknown'] },
  errorCode: { kind: 'metadata', key: lokiName(ATTRIBUTES.errorCode) },
  errorMessage: { kind: 'metadata', key: lokiName(ATTRIBUTES.errorMessage) },
  reason: { kind: 'metadata', key: lokiName(ATTRIBUTES.reason) },
  service: { kind: 'label', key: lokiName(SERVICE_NAME), bytes: LIMITS.serviceBytes },
  email: { kind: 'email', key: lokiName(ATTRIBUTES.actorEmail) },
  actorId: { kind: 'metadata', key: lokiName(ATTRIBUTES.actorId) },
  actorName: { kind: 'metadata', key: lokiName(ATTRIBUTES.actorName) },
  actorType: {
    kind: 'metadata',
    key: lokiName(ATTRIBUTES.actorType),
    values: ['user', 'system', 'service', 'api_key', 'agent'],
  },
  agent: { kind: 'metadata', key: lokiName(ATTRIBUTES.agentName) },
  agentModel: { kind: 'metadata', key: lokiName(ATTRIBUTES.agentModel) },
  agentRunId: { kind: 'metadata', key: lokiName(ATTRIBUTES.agentRunId) },
  // Whom an actor acted for, by any of their names.
  onBehalfOf: {
    kind: 'any',
    key: lokiName(ATTRIBUTES.onBehalfOfEmails),
    parts: [
      { ...listOf(ATTRIBUTES.onBehalfOfEmails), email: true },
      listOf(ATTRIBUTES.onBehalfOfIds),
      listOf(ATTRIBUTES.onBehalfOfNames),
    ],
  },
  group: { kind: 'list', key: lokiName(ATTRIBUTES.actorGroups) },
  authContext: { kind: 'metadata', key: lokiName(ATTRIBUTES.authContext) },
  ip: { kind: 'ip', key: lokiName(ATTRIBUTES.sourceIp) },
  userAgent: { kind: 'metadata', key: lokiName(ATTRIBUTES.userAgent) },
  sessionId: { kind: 'metadata', key: lokiName(ATTRIBUTES.sessionId) },
  deviceId: { kind: 'metadata', key: lokiName(ATTRIBUTES.deviceId) },
  targetType: { kind: 'metadata', key: lokiName(ATTRIBUTES.targetType) },
  targetId: { kind: 'metadata', key: lokiName(ATTRIBUTES.targetId) },
  targetName: { kind: 'metadata', key: lokiName(ATTRIBUTES.targetName) },
  // The target, or one of the further records: by id or name.
  record: {
    kind: 'any',
    key: lokiName(ATTRIBUTES.targetId),
    parts: [
      { kind: 'metadata', key: lokiName(ATTRIBUTES.targetId) },
      { kind: 'metadata', key: lokiName(ATTRIBUTES.targetName) },
      listOf(ATTRIBUTES.relatedIds),
      listOf(ATTRIBUTES.relatedNames),
    ],
  },
  requestId: { kind: 'metadata', key: lokiName(ATTRIBUTES.requestId) },
  method: { kind: 'metadata', key: lokiName(ATTRIBUTES.requestMethod) },
  endpoint: { kind: 'metadata', key: lokiName(ATTRIBUTES.requestEndpoint) },
  status: { kind: 'metadata', key: lokiName(ATTRIBUTES.requestStatus), whole: true },
  operation: { kind: 'metadata', key: lokiName(ATTRIBUTES.requestOperation) },
  id: { kind: 'metadata', key: lokiName(ATTRIBUTES.recordId) },
  // Loki's own names for the record's trace context.
  traceId: { kind: 'metadata', key: 'trace_id', whole: true },
  spanId: { kind: 'metadata', key: 'span_id', whole: true },
  // An entry's position in its emitter's chain.
  chainStream: { kind: 'metadata', key: lokiName(ATTRIBUTES.chainStream), whole: true },
  chainSeq: { kind: 'metadata', key: lokiName(ATTRIBUTES.chainSeq), whole: true },
} as const satisfies Record<string, FieldStorage>;

export interface FieldStorage {
  /**
   * An `ip` is metadata that also compares by network, an `email` metadata that compares in any case, a `list` metadata that
   * holds several values, a `property` a member of the line's `properties`. `any` is a field with several parts.
   */
  kind: 'label' | 'metadata' | 'list' | 'ip' | 'email' | 'property' | 'any';
  /** Name of the label or of the structured metadata in Loki; of several parts, the one whose values people choose from. */
  key: string;
  /** The parts of an `any`: one of them has the value. */
  parts?: readonly FieldStorage[];
  /** A list of e-mail addresses. */
  email?: true;
  /** All possible values, if the schema lists them. */
  values?: readonly string[];
  /** Longest stored value, if not `LIMITS.attributeBytes`. */
  bytes?: number;
  /** Values are compared as a whole only: there is no `contains`. */
  whole?: true;
}

/** A field by name, one of the entry's scopes (`scope.project`), or a member of its properties (`properties.cart.total`). */
export type FilterField = keyof typeof FIELDS | `scope.${string}` | `properties.${string}`;

export const FILTER_FIELDS = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** The operators of a filter. `contains` is a substring in any case; the `any of` ones take several values. */
export const FILTER_OPERATORS = ['is', 'is not', 'is any of', 'is not any of', 'contains'] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** One condition; an entry must meet all conditions of a query. */
export interface Filter {
  field: FilterField;
  operator: FilterOperator;
  /** One value, or several for the `any of` operators. */
  values: string[];
}

const SCOPE = /^scope\.[a-z][a-z0-9_]{0,31}$/;
const PROPERTY = /^properties(?:\.[A-Za-z0-9_-]{1,64}){1,8}$/;

/** The names from `properties` down to a member, for a field such as `properties.cart.total`. */
export function propertyPath(field: FilterField): string[] {
  return field.split('.');
}

/** Whether a text from a URL or from storage is the name of a field. */
export function isFilterField(name: string): name is FilterField {
  return Object.hasOwn(FIELDS, name) || SCOPE.test(name) || PROPERTY.test(name);
}

/**
 * How Loki stores a field.
 *
 * @throws AuditError `INVALID_FILTER` for an unknown field.
 */
export function fieldStorage(field: FilterField): FieldStorage {
  if (!isFilterField(field)) throw new AuditError('INVALID_FILTER', `unknown filter field: ${String(field)}`);
  if (Object.hasOwn(FIELDS, field)) return FIELDS[field as keyof typeof FIELDS];
  if (PROPERTY.test(field)) return { kind: 'property', key: propertyKey(field) };
  return { kind: 'metadata', key: lokiName(SCOPE_PREFIX + field.slice('scope.'.length)) };
}

// A name of its own for each path.
function propertyKey(field: string): string {
  const escaped = field.replace(/[^A-Za-z0-9.]/g, (character) => `_${character.charCodeAt(0).toString(16)}_`);
  return `audit_${escaped.replaceAll('.', '__')}`;
}

/** The operators of a field: there is no `contains` for values that the schema lists. */
export function fieldOperators(field: FilterField): readonly FilterOperator[] {
  const { values, whole } = fieldStorage(field);
  return values || whole ? FILTER_OPERATORS.filter((operator) => operator !== 'contains') : FILTER_OPERATORS;
}

const ipv6 = z.ipv6();
const network = z.union([z.cidrv4(), z.cidrv6()]);
// Recognizes an intended network, so that a mistyped one is refused instead of never found.
const LIKE_NETWORK = /^[0-9a-f]*[.:][0-9a-f:.]*\//i;

/**
 * How a value of an `ip` field is compared: a `network` in CIDR notation, an IPv6 `address` in any spelling, a `text`.
 */
export function ipValueKind(value: string): 'network' | 'address' | 'text' {
  if (LIKE_NETWORK.test(value)) return 'network';
  return ipv6.safeParse(value).success ? 'address' : 'text';
}

export interface FilterProblem {
  /** What is wrong: the field does not exist or does not have the operator, the number of values, or one of them. */
  part: 'field' | 'operator' | 'count' | 'value';
  message: string;
}

/**
 * Why a filter cannot be used, if it cannot.
 *
 * @param name the field's name for the message
 */
export function filterProblem(
  { field, operator, values }: Filter,
  name: string = field,
  isValue: typeof isFilterValue = isFilterValue,
): FilterProblem | undefined {
  if (!isFilterField(field)) return { part: 'field', message: `there is no filter "${String(name)}"` };
  if (!fieldOperators(field).includes(operator)) {
    return { part: 'operator', message: `"${name}" cannot be filtered by "${String(operator)}"` };
  }
  const several = operator.endsWith('any of');
  if (values.length === 0 || (values.length > 1 && !several)) {
    return { part: 'count', message: `"${name} ${operator}" takes ${several ? 'values' : 'one value'}` };
  }
  const bad = values.find((value) => !isValue(field, operator, value));
  if (bad === undefined) return undefined;
  const isNetwork = fieldStorage(field).kind === 'ip' && bad !== '';
  return {
    part: 'value',
    message: isNetwork ? `"${bad}" is not a network in CIDR notation` : `"${bad}" is not a value of "${name}"`,
  };
}

/**
 * Whether a filter can have this value: one of the values that the schema lists, or a valid network.
 *
 * @example isFilterValue('ip', 'is', '10.0.0.0/33') // false
 */
export function isFilterValue(field: FilterField, operator: FilterOperator, value: string): boolean {
  const { kind, values } = fieldStorage(field);
  if (value === '') return false;
  if (values) return values.includes(value);
  if (kind !== 'ip' || operator === 'contains' || ipValueKind(value) !== 'network') return true;
  return network.safeParse(value).success;
}
