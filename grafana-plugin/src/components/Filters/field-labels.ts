import { type FILTER_FIELDS, type FilterField, type FilterOperator } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import type { PersonalKind } from '../PersonalData/mask.ts';

/** The fields in the menu, in its order. Other fields can be used in links and addresses. */
export const CHOOSABLE_FIELDS = [
  ...(['action', 'event', 'channel', 'outcome', 'errorMessage', 'errorCode', 'reason'] as const),
  ...(['email', 'actorName', 'actorId', 'actorType', 'group', 'agent', 'onBehalfOf', 'authContext', 'ip'] as const),
  ...(['record', 'targetType', 'targetName', 'targetId', 'scope.project', 'scope.package'] as const),
  ...(['requestId', 'method', 'endpoint', 'status', 'operation', 'service', 'traceId'] as const),
  ...(['sessionId', 'deviceId', 'userAgent', 'category', 'id'] as const),
] satisfies FilterField[];

const PERSONAL_FIELDS: ReadonlySet<FilterField> = new Set([
  'email',
  'ip',
  'actorName',
  'actorId',
  'onBehalfOf',
  'sessionId',
  'deviceId',
  'userAgent',
]);

const KINDS: Partial<Record<FilterField, PersonalKind>> = {
  email: 'email',
  ip: 'ip',
  sessionId: 'session',
  deviceId: 'device',
  userAgent: 'userAgent',
};

/** How the values of a field are masked. Values of other fields are masked as text, because they can contain addresses. */
export const personalKind = (field: FilterField): PersonalKind => KINDS[field] ?? 'text';

const LABELS: Record<(typeof FILTER_FIELDS)[number] | 'scope.project' | 'scope.package', () => string> = {
  action: () => t('filter.action', 'Action'),
  event: () => t('filter.event', 'Event'),
  channel: () => t('filter.channel', 'Channel'),
  category: () => t('filter.category', 'Category'),
  outcome: () => t('filter.outcome', 'Outcome'),
  errorMessage: () => t('filter.error', 'Failure reason'),
  errorCode: () => t('filter.error-code', 'Error code'),
  reason: () => t('filter.reason', 'Reason'),
  service: () => t('filter.service', 'Service'),
  email: () => t('filter.email', 'User email'),
  actorId: () => t('filter.actor-id', 'User ID'),
  actorName: () => t('filter.actor-name', 'User name'),
  actorType: () => t('filter.actor-type', 'Actor type'),
  agent: () => t('filter.agent', 'Agent'),
  agentModel: () => t('filter.agent-model', 'Agent model'),
  agentRunId: () => t('filter.agent-run', 'Agent run'),
  onBehalfOf: () => t('filter.on-behalf-of', 'On behalf of'),
  group: () => t('filter.group', 'Group'),
  authContext: () => t('filter.auth-context', 'Authentication context'),
  ip: () => t('filter.ip', 'IP address'),
  sessionId: () => t('filter.session', 'Session'),
  deviceId: () => t('filter.device', 'Device'),
  userAgent: () => t('filter.user-agent', 'User agent'),
  record: () => t('filter.record', 'Target or related record'),
  requestId: () => t('filter.request-id', 'Request ID'),
  targetType: () => t('filter.target-type', 'Target type'),
  targetId: () => t('filter.target-id', 'Target ID'),
  targetName: () => t('filter.target-name', 'Target name'),
  method: () => t('filter.method', 'Method'),
  endpoint: () => t('filter.endpoint', 'Endpoint'),
  status: () => t('filter.status', 'Status'),
  operation: () => t('filter.operation', 'Operation'),
  id: () => t('filter.id', 'Entry ID'),
  traceId: () => t('filter.trace', 'Trace ID'),
  spanId: () => t('filter.span', 'Span ID'),
  chainStream: () => t('filter.chain-stream', 'Chain'),
  chainSeq: () => t('filter.chain-seq', 'Number in the chain'),
  'scope.project': () => t('filter.project', 'Project'),
  'scope.package': () => t('filter.package', 'Package'),
};

/** The label of a field. A custom scope is labeled with its own name. */
export function fieldLabel(field: FilterField): string {
  if (Object.hasOwn(LABELS, field)) return LABELS[field as keyof typeof LABELS]();
  return field.startsWith('scope.') ? field.slice('scope.'.length) : field;
}

/**
 * Whether the values of a field are personal data, or can be any text, in which personal data cannot be recognized: a request
 * ID, or a field of the application. While personal data is masked, their values are not offered.
 */
export function canBePersonal(field: FilterField): boolean {
  const isApplications =
    (field.startsWith('scope.') && !Object.hasOwn(LABELS, field)) || field.startsWith('properties.');
  return PERSONAL_FIELDS.has(field) || field === 'requestId' || isApplications;
}

const OPERATOR_LABELS: Record<FilterOperator, () => string> = {
  is: () => t('operator.is', 'is'),
  'is not': () => t('operator.is-not', 'is not'),
  'is any of': () => t('operator.any-of', 'is any of'),
  'is not any of': () => t('operator.not-any-of', 'is not any of'),
  contains: () => t('operator.contains', 'contains'),
};

export const operatorLabel = (operator: FilterOperator): string => OPERATOR_LABELS[operator]();
