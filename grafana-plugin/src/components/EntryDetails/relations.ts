import { actorName, type AuditEntry } from '@auditrail/core';
import { isFilterValue, type Filter, type FilterField } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { targetText } from '../../format/target-text.ts';
import { isMasked } from '../PersonalData/mask.ts';

/** Other entries that share a value with an entry. */
export interface Relation {
  id: 'actor' | 'ip' | 'target' | 'session' | 'device' | 'trace';
  label: string;
  /** The shared value, as text. */
  value: string;
  filters: Filter[];
}

// A masked value cannot be searched for.
const is = (field: FilterField, value: string | undefined): Filter[] =>
  value && !isMasked(value) && isFilterValue(field, 'is', value) ? [{ field, operator: 'is', values: [value] }] : [];

function targetFilters(target: AuditEntry['target']): Filter[] {
  if (!target) return [];
  const type = is('targetType', target.type);
  const one = target.id ? is('targetId', target.id) : is('targetName', target.name);
  // A type alone is not one target.
  return type.length > 0 && one.length > 0 ? [...type, ...one] : [];
}

/** The values that an entry can share with others, most useful first. Only those that can be searched for. */
export function relationsOf({ actor, source, target, trace }: AuditEntry): Relation[] {
  const byEmail = is('email', actor.email);
  const all: Relation[] = [
    {
      id: 'actor',
      label: t('around.actor', 'Same actor'),
      value: actorName(actor),
      filters: byEmail.length > 0 ? byEmail : is('actorId', actor.id),
    },
    { id: 'ip', label: t('around.ip', 'Same IP address'), value: source?.ip ?? '', filters: is('ip', source?.ip) },
    {
      id: 'target',
      label: t('around.target', 'Same target'),
      value: targetText(target),
      filters: targetFilters(target),
    },
    {
      id: 'session',
      label: t('around.session', 'Same session'),
      value: source?.sessionId ?? '',
      filters: is('sessionId', source?.sessionId),
    },
    {
      id: 'device',
      label: t('around.device', 'Same device'),
      value: source?.deviceId ?? '',
      filters: is('deviceId', source?.deviceId),
    },
    {
      id: 'trace',
      label: t('around.trace', 'Same trace'),
      value: trace?.traceId ?? '',
      filters: is('traceId', trace?.traceId),
    },
  ];
  return all.filter(({ filters }) => filters.length > 0);
}
