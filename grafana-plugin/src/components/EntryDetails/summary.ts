import type { AuditEntry } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { targetText } from '../../format/target-text.ts';

const present = (...parts: Array<string | undefined>) => parts.filter(Boolean).join(' · ');

/** The fields of an entry that a person may want, as names and texts; what the entry does not say is left out. */
export function summaryOf(entry: AuditEntry): Array<[name: string, value: string]> {
  const { actor, source, target, request, trace, chain } = entry;
  const fields: Array<[string, string | undefined]> = [
    [t('field.time', 'Time'), entry.time],
    [t('field.description', 'Description'), entry.description],
    [t('field.service', 'Service'), entry.service],
    [t('field.channel', 'Channel'), entry.channel],
    [t('field.category', 'Category'), entry.category],
    [t('field.actor', 'Actor'), present(actor.name, actor.email, actor.id && `#${actor.id}`, actor.type)],
    [t('field.groups', 'Groups'), actor.groups?.join(', ')],
    [t('field.auth-context', 'Authentication context'), entry.authContext],
    [t('field.ip', 'IP address'), source?.ip],
    [t('field.user-agent', 'User agent'), source?.userAgent],
    [t('field.session', 'Session'), source?.sessionId],
    [t('field.device', 'Device'), source?.deviceId],
    [t('field.target', 'Target'), target && present(targetText(target), target.name && target.id && `#${target.id}`)],
    ...Object.entries(entry.scope ?? {}),
    [
      t('field.request', 'Request'),
      request && [request.method, request.endpoint, request.status].filter(Boolean).join(' '),
    ],
    [t('field.operation', 'Operation'), request?.operation],
    [t('field.trace', 'Trace'), trace?.traceId],
    [t('field.chain', 'Sequence'), chain && `${chain.seq} · ${chain.stream}`],
    [t('field.id', 'Entry id'), entry.id],
  ];
  return fields.flatMap(([name, value]) => (value ? [[name, value]] : []));
}
