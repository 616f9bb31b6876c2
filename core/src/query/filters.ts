import * as z from 'zod/mini';
import { ATTRIBUTES, lokiName, SCOPE_PREFIX, SERVICE_NAME } from '../entry/attributes.ts';
import { AuditError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/**
 * What entries can be filtered by: the name that stands in URLs and saved views, and where Loki keeps the value. A `label`
 * narrows the streams that Loki reads; `metadata` is compared entry by entry.
 */
const FIELDS = {
  action: { kind: 'metadata', key: lokiName(ATTRIBUTES.action) },
  event: { kind: 'metadata', key: lokiName(ATTRIBUTES.event) },
  channel: { kind: 'label', key: lokiName(ATTRIBUTES.channel) },
  category: { kind: 'metadata', key: lokiName(ATTRIBUTES.category), values: ['user', 'system', 'task'] },
  outcome: { kind: 'label', key: lokiName(ATTRIBUTES.outcome), values: ['success', 'failure', 'unknown'] },
  errorMessage: { kind: 'metadata', key: lokiName(ATTRIBUTES.errorMessage) },
  service: { kind: 'label', key: lokiName(SERVICE_NAME), bytes: LIMITS.serviceBytes },
  email: { kind: 'metadata', key: lokiName(ATTRIBUTES.actorEmail) },
  actorId: { kind: 'metadata', key: lokiName(ATTRIBUTES.actorId) },
  actorName: { kind: 'metadata', key: lokiName(ATTRIBUTES.actorName) },
  actorType: {
    kind: 'metadata',
    key: lokiName(ATTRIBUTES.actorType),
    values: ['user', 'system', 'service', 'api_key'],
  },
  group: { kind: 'list', key: lokiName(ATTRIBUTES.actorGroups) },
  authContext: { kind: 'metadata', key: lokiName(ATTRIBUTES.authContext) },
  ip: { kind: 'ip', key: lokiName(ATTRIBUTES.sourceIp) },
  sessionId: { kind: 'metadata', key: lokiName(ATTRIBUTES.sessionId) },
  deviceId: { kind: 'metadata', key: lokiName(ATTRIBUTES.deviceId) },
  targetType: { kind: 'metadata', key: lokiName(ATTRIBUTES.targetType) },
  targetId: { kind: 'metadata', key: lokiName(ATTRIBUTES.targetId) },
  targetName: { kind: 'metadata', key: lokiName(ATTRIBUTES.targetName) },
  method: { kind: 'metadata', key: lokiName(ATTRIBUTES.requestMethod) },
  endpoint: { kind: 'metadata', key: lokiName(ATTRIBUTES.requestEndpoint) },
  status: { kind: 'metadata', key: lokiName(ATTRIBUTES.requestStatus), whole: true },
  operation: { kind: 'metadata', key: lokiName(ATTRIBUTES.requestOperation) },
  id: { kind: 'metadata', key: lokiName(ATTRIBUTES.recordId) },
  // Loki's own names for the record's trace context.
  traceId: { kind: 'metadata', key: 'trace_id', whole: true },
  spanId: { kind: 'metadata', key: 'span_id', whole: true },
  // An entry's place in its emitter's chain.
  chainStream: { kind: 'metadata', key: lokiName(ATTRIBUTES.chainStream), whole: true },
  chainSeq: { kind: 'metadata', key: lokiName(ATTRIBUTES.chainSeq), whole: true },
} as const satisfies Record<string, FieldPlace>;

export interface FieldPlace {
  /** An `ip` is metadata that also compares by network; a `list` is metadata that holds several values. */
  kind: 'label' | 'metadata' | 'list' | 'ip';
  /** Name of the label or of the structured metadata in Loki. */
  key: string;
  /** All values that there are, where the schema names them. */
  values?: readonly string[];
  /** Where the stored value is cut, if not at `LIMITS.attributeBytes`. */
  bytes?: number;
  /** Parts of a value mean nothing: there is no `contains`. */
  whole?: true;
}

/** A field by name, or one of the entry's own named places (`scope.project`). */
export type FilterField = keyof typeof FIELDS | `scope.${string}`;

export const FILTER_FIELDS = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** The operators of a filter. `contains` is a substring in any case; the `any of` ones take several values. */
export const FILTER_OPERATORS = ['is', 'is not', 'is any of', 'is not any of', 'contains'] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** One condition; all conditions of a query hold together. */
export interface Filter {
  field: FilterField;
  operator: FilterOperator;
  /** One value, or several for the `any of` operators. */
  values: string[];
}

/** Whether a word from a URL or from storage names a field. */
export function isFilterField(name: string): name is FilterField {
  return Object.hasOwn(FIELDS, name) || /^scope\.[a-z][a-z0-9_]{0,31}$/.test(name);
}

/**
 * Where Loki keeps a field.
 *
 * @throws AuditError `INVALID_FILTER` for a name that is no field.
 */
export function fieldPlace(field: FilterField): FieldPlace {
  if (!isFilterField(field)) throw new AuditError('INVALID_FILTER', `unknown filter field: ${String(field)}`);
  if (Object.hasOwn(FIELDS, field)) return FIELDS[field as keyof typeof FIELDS];
  return { kind: 'metadata', key: lokiName(SCOPE_PREFIX + field.slice('scope.'.length)) };
}

/** The operators that make sense for a field: a part of a word that the schema names means nothing. */
export function fieldOperators(field: FilterField): readonly FilterOperator[] {
  const { values, whole } = fieldPlace(field);
  return values || whole ? FILTER_OPERATORS.filter((operator) => operator !== 'contains') : FILTER_OPERATORS;
}

const ipv6 = z.ipv6();
const network = z.union([z.cidrv4(), z.cidrv6()]);
// What is meant as a network, so that a mistyped one is refused instead of never found.
const LIKE_NETWORK = /^[0-9a-f]*[.:][0-9a-f:.]*\//i;

/** How a value of an `ip` field is compared: a `network` in CIDR notation, an IPv6 `address` in any spelling, a `text`. */
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
  const isNetwork = fieldPlace(field).kind === 'ip' && bad !== '';
  return {
    part: 'value',
    message: isNetwork ? `"${bad}" is not a network in CIDR notation` : `"${bad}" is not a value of "${name}"`,
  };
}

/**
 * Whether a filter can have this value: one of the words that the schema names, a network that exists.
 *
 * @example isFilterValue('ip', 'is', '10.0.0.0/33') // false
 */
export function isFilterValue(field: FilterField, operator: FilterOperator, value: string): boolean {
  const { kind, values } = fieldPlace(field);
  if (value === '') return false;
  if (values) return values.includes(value);
  if (kind !== 'ip' || operator === 'contains' || ipValueKind(value) !== 'network') return true;
  return network.safeParse(value).success;
}
