import { LIMITS, utf8Bytes, type AuditEntry } from '@auditrail/core';
import { storedTime } from '@auditrail/core/loki';
import type { Filter, FilterField } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { targetText } from '../../format/target-text.ts';
import { exactTime } from '../../format/when.ts';
import type { TimeZone } from '../../state/time-zone.ts';
import { isMasked } from '../PersonalData/mask.ts';
import { relationsOf, type Relation } from './relations.ts';

const present = (...parts: Array<string | undefined>) =>
  parts.filter((part) => part !== undefined && part !== '') as string[];

// A filter cannot be longer than the attribute in Loki, and a masked value cannot be searched for.
const maybe = (field: FilterField, value = ''): Filter[] | undefined =>
  value === '' || utf8Bytes(value) > LIMITS.attributeBytes || isMasked(value)
    ? undefined
    : [{ field, operator: 'is', values: [value] }];

const agentParts = (agent: AuditEntry['actor']['agent']): string[] | undefined =>
  agent && present([agent.name, agent.version].filter(Boolean).join(' '), agent.model, agent.runId);

/** A field of the summary. */
export interface SummaryField {
  name: string;
  value: string;
  /** The parts of a compound value. */
  parts?: string[];
  /** Finds the entries with the same value. */
  filters?: Filter[] | undefined;
}

/** The fields of an entry for the summary, without those that the entry does not have. */
export function summaryOf(entry: AuditEntry, ns: bigint, zone: TimeZone): SummaryField[] {
  const { actor, onBehalfOf, source, target, related: records, request, trace, chain, error } = entry;
  const relations = new Map(relationsOf(entry).map(({ id, filters }) => [id, filters]));
  const related = (id: Relation['id']) => relations.get(id);
  const is = (field: FilterField, value: string): Filter[] => [{ field, operator: 'is', values: [value] }];
  const stored = storedTime({ ns, entry });
  const fields: Array<[name: string, value: string | string[] | undefined, filters?: Filter[] | undefined]> = [
    [stored ? t('field.time-claimed', 'Time claimed') : t('field.time', 'Time'), exactTime(entry.time, zone)],
    [t('field.time-stored', 'Time stored'), stored && exactTime(stored, zone)],
    [t('field.description', 'Description'), entry.description],
    [t('field.error-message', 'Failure reason'), error?.message, maybe('errorMessage', error?.message)],
    [t('field.error-code', 'Error code'), error?.code, maybe('errorCode', error?.code)],
    [t('field.reason', 'Reason'), entry.reason, maybe('reason', entry.reason)],
    [t('field.service', 'Service'), entry.service, is('service', entry.service)],
    [t('field.channel', 'Channel'), entry.channel, is('channel', entry.channel)],
    [t('field.category', 'Category'), entry.category],
    [
      t('field.actor', 'Actor'),
      present(actor.name, actor.email, actor.id && `#${actor.id}`, actor.type),
      related('actor'),
    ],
    [t('field.agent', 'Agent'), agentParts(actor.agent), maybe('agent', actor.agent?.name)],
    ...(onBehalfOf ?? []).map(({ type, id, name, email }): [string, string[], Filter[] | undefined] => [
      t('field.on-behalf-of', 'On behalf of'),
      present(name, email, id && `#${id}`, type),
      maybe('onBehalfOf', id ?? email ?? name),
    ]),
    [t('field.groups', 'Groups'), actor.groups?.join(', ')],
    [t('field.auth-context', 'Authentication context'), entry.authContext],
    [t('field.ip', 'IP address'), source?.ip, related('ip')],
    [t('field.user-agent', 'User agent'), source?.userAgent, maybe('userAgent', source?.userAgent)],
    [t('field.session', 'Session'), source?.sessionId, related('session')],
    [t('field.device', 'Device'), source?.deviceId, related('device')],
    [
      t('field.target', 'Target'),
      target && present(targetText(target), target.name && target.id && `#${target.id}`),
      related('target'),
    ],
    ...(records ?? []).map((record): [string, string[], Filter[] | undefined] => [
      t('field.related', 'Related record'),
      present(targetText(record), record.name && record.id && `#${record.id}`),
      maybe('record', record.id ?? record.name),
    ]),
    ...Object.entries(entry.scope ?? {}).map(([name, value]): [string, string, Filter[] | undefined] => [
      name,
      value,
      value ? is(`scope.${name}`, value) : undefined,
    ]),
    [
      t('field.request', 'Request'),
      request && [request.method, request.endpoint, request.status].filter(Boolean).join(' '),
    ],
    [t('field.request-id', 'Request ID'), request?.id, maybe('requestId', request?.id)],
    [t('field.operation', 'Operation'), request?.operation],
    [t('field.trace', 'Trace'), trace?.traceId, related('trace')],
    [t('field.chain', 'Sequence'), chain && `${chain.seq} · ${chain.stream}`],
    [t('field.id', 'Entry ID'), entry.id],
  ];
  return fields.flatMap(([name, given, filters]): SummaryField[] => {
    const parts = typeof given === 'string' ? undefined : given;
    const value = typeof given === 'string' ? given : (given?.join(' · ') ?? '');
    return value ? [{ name, value, filters, ...(parts && { parts }) }] : [];
  });
}
