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

// A filter cannot be longer than the attribute in Loki.
const reasonFilters = (message = ''): Filter[] | undefined =>
  utf8Bytes(message) > LIMITS.attributeBytes || isMasked(message)
    ? undefined
    : [{ field: 'errorMessage', operator: 'is', values: [message] }];

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
  const { actor, source, target, request, trace, chain, error } = entry;
  const relations = new Map(relationsOf(entry).map(({ id, filters }) => [id, filters]));
  const related = (id: Relation['id']) => relations.get(id);
  const is = (field: FilterField, value: string): Filter[] => [{ field, operator: 'is', values: [value] }];
  const stored = storedTime({ ns, entry });
  const fields: Array<[name: string, value: string | string[] | undefined, filters?: Filter[] | undefined]> = [
    [stored ? t('field.time-claimed', 'Time claimed') : t('field.time', 'Time'), exactTime(entry.time, zone)],
    [t('field.time-stored', 'Time stored'), stored && exactTime(stored, zone)],
    [t('field.description', 'Description'), entry.description],
    [t('field.reason', 'Failure reason'), error?.message, reasonFilters(error?.message)],
    [t('field.service', 'Service'), entry.service, is('service', entry.service)],
    [t('field.channel', 'Channel'), entry.channel, is('channel', entry.channel)],
    [t('field.category', 'Category'), entry.category],
    [
      t('field.actor', 'Actor'),
      present(actor.name, actor.email, actor.id && `#${actor.id}`, actor.type),
      related('actor'),
    ],
    [t('field.groups', 'Groups'), actor.groups?.join(', ')],
    [t('field.auth-context', 'Authentication context'), entry.authContext],
    [t('field.ip', 'IP address'), source?.ip, related('ip')],
    [t('field.user-agent', 'User agent'), source?.userAgent],
    [t('field.session', 'Session'), source?.sessionId, related('session')],
    [t('field.device', 'Device'), source?.deviceId, related('device')],
    [
      t('field.target', 'Target'),
      target && present(targetText(target), target.name && target.id && `#${target.id}`),
      related('target'),
    ],
    ...Object.entries(entry.scope ?? {}).map(([name, value]): [string, string, Filter[] | undefined] => [
      name,
      value,
      value ? is(`scope.${name}`, value) : undefined,
    ]),
    [
      t('field.request', 'Request'),
      request && [request.method, request.endpoint, request.status].filter(Boolean).join(' '),
    ],
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
