import { hash } from 'node:crypto';
import { formatTime, msToNs, nsToMs, type AuditEntryInput } from '@auditrail/core';
import { parameterName } from '@auditrail/core/query';
import { labelOf, WHO_FIELD, WHO_LABEL } from '@auditrail/core/detections';
import type { AnalysedEvent } from './event.ts';
import type { LateFiring } from './late-judge.ts';
import { HOUR_MS } from './profile.ts';

/** What the analyser finds, and the sentence about it. The sentences contain no personal data. */
const FINDINGS = {
  'security.network.new': 'Sign-in from a network that is new for this account',
  'security.hours.unusual': 'Sign-in outside of the usual hours of this account',
  'security.account.dormant': 'Sign-in of an account that was not used for a long time',
  'security.travel.impossible': 'Sign-in too far from the previous one for the time between them',
  'security.session.networks': 'One session was used from several networks',
  'security.token.network': 'API key used from a network that is new for it',
  'security.agent.hours': 'An agent acted outside of the usual hours of the person for whom it acts',
} as const;

/** The action of the entry about a rule that would have fired for late entries. */
export const LATE_ACTION = 'security.detection.late';

export type FindingAction = keyof typeof FINDINGS;

export interface Finding {
  action: FindingAction;
  cause: AnalysedEvent;
  properties: Record<string, string | number | string[]>;
}

/** An entry that must be written, under an id that stays the same if it is written again. */
export type OwnEntry = AuditEntryInput & { id: string; time: string };

/** The actor of entries about what the keeper itself does and finds. */
export const SYSTEM_ACTOR = { type: 'system', name: 'auditrail' } as const;

/** The entry about a finding. Its time is that of the judgment, so that rules see it; that of the cause is in it. */
export function findingEntry(tenant: string, { action, cause, properties }: Finding, nowNs: bigint): OwnEntry {
  const { account, ip, network, sessionId, id, arrivalNs, ns } = cause;
  const happened = formatTime(ns);
  return {
    id: idOf(`${tenant} ${action} ${id || String(arrivalNs)}`, nsToMs(arrivalNs)),
    time: formatTime(nowNs),
    action,
    channel: 'security',
    description: FINDINGS[action],
    actor: SYSTEM_ACTOR,
    ...(account && {
      target: { type: account.type, id: account.id ?? account.key, name: account.name ?? account.key },
    }),
    ...((ip ?? sessionId) !== undefined && {
      source: { ...(ip !== undefined && { ip }), ...(sessionId !== undefined && { sessionId }) },
    }),
    ...(id && { related: [{ type: 'audit_entry', id }] }),
    scope: {
      happened_at: happened,
      ...(account && { account_field: parameterName(account.field) }),
      ...(network !== undefined && { network }),
    },
    properties: { happenedAt: happened, ...(account && { account: account.key }), ...properties },
  };
}

/** The entry about a rule that would have fired, if its entries had not been late. */
export function lateEntry(
  tenant: string,
  { rule, firing }: Pick<LateFiring, 'rule' | 'firing'>,
  nowNs: bigint,
): OwnEntry {
  const { at, since, labels, value } = firing;
  const { [labelOf('ip')]: ip, [WHO_LABEL]: account, [WHO_FIELD]: accountField } = labels;
  const timeOf = (ms: number) => formatTime(BigInt(Math.round(ms * 1_000)) * 1_000n);
  return {
    id: idOf(`${tenant} ${LATE_ACTION} ${rule.id} ${at} ${JSON.stringify(labels)}`, Math.floor(at)),
    time: formatTime(nowNs),
    action: LATE_ACTION,
    channel: 'security',
    description: `${rule.title}: found in entries that arrived late`,
    actor: SYSTEM_ACTOR,
    target: { type: 'audit_rule', id: rule.id, name: rule.title },
    ...(ip !== undefined && { source: { ip } }),
    scope: {
      happened_at: timeOf(at),
      ...(account !== undefined && { account }),
      ...(accountField !== undefined && { account_field: accountField }),
    },
    properties: {
      ...{ rule: rule.id, severity: rule.severity, technique: rule.technique, value, labels },
      ...{ since: timeOf(since), happenedAt: timeOf(at), condition: rule.condition },
    },
  };
}

/** The entry about findings that were too many for an hour. */
export function summaryEntry(
  tenant: string,
  { action, hourMs, held }: { action: FindingAction | typeof LATE_ACTION; hourMs: number; held: number },
  nowNs: bigint,
): OwnEntry {
  const [from, to] = [hourMs, hourMs + HOUR_MS].map((ms) => formatTime(msToNs(ms)));
  return {
    id: idOf(`${tenant} ${action} ${hourMs}`, hourMs),
    time: formatTime(nowNs),
    action,
    channel: 'security',
    description: `${action === LATE_ACTION ? 'Attacks in late entries' : FINDINGS[action]}: ${held} more within an hour`,
    actor: SYSTEM_ACTOR,
    target: { type: 'audit_detection', id: action },
    scope: { happened_at: from ?? '' },
    properties: { more: held, from: from ?? '', to: to ?? '' },
  };
}

/** A UUIDv7 that is the same for the same text and time. */
export function idOf(text: string, ms: number): string {
  const random = hash('sha256', text);
  const time = ms.toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(random.charAt(3), 16) & 3) | 8).toString(16);
  return [
    ...[time.slice(0, 8), time.slice(8, 12), `7${random.slice(0, 3)}`],
    ...[`${variant}${random.slice(4, 7)}`, random.slice(7, 19)],
  ].join('-');
}
