import React, { type ReactNode } from 'react';
import { actorName, type AuditEntry } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { targetText } from '../../format/target-text.ts';
import { zonedTime } from '../../format/when.ts';
import type { TimeZone } from '../../state/time-zone.ts';
import { testIds } from '../testIds.ts';
import { actedFor, ActionCell, ActorCell, EventCell, InfoCell, ResultCell, TextCell, WhenCell } from './cells.tsx';

/** The data of a cell. */
export interface CellContext {
  entry: AuditEntry;
  ns: bigint;
  /** Milliseconds since 1970, for the relative age. */
  now: number;
  zone: TimeZone;
  /** Whether the row is open. */
  open?: boolean;
}

/** One column of the table. */
export interface Column {
  id: string;
  title: () => string;
  /** Width in pixels; the minimum of a column that grows. */
  width: number;
  /** Share of the remaining width. */
  grow?: number;
  /** Maximum width in pixels. The column gets its part of the remaining width before the columns with a share. */
  upTo?: number;
  /** Whether the column is shown by default: always, or if there is room. */
  byDefault?: 'always' | 'with-room';
  testId: string;
  render: (context: CellContext) => ReactNode;
  /** The cell as plain text, for copying; empty if the entry has no value. */
  text: (context: CellContext) => string;
}

type TextOf = (entry: AuditEntry) => string | number | undefined;

function textColumn(id: string, title: () => string, width: number, of: TextOf, more: Partial<Column> = {}): Column {
  const text = (context: CellContext) => String(of(context.entry) ?? '');
  const render = (context: CellContext) => <TextCell text={text(context)} />;
  return { id, title, width, render, text, testId: testIds.table.cell(id), ...more };
}

/** Data of an entry that has no column, as JSON, optionally indented. */
function infoText({ error, changes, properties }: AuditEntry, indent?: number): string {
  const info = { ...(error && { error }), ...(changes && { changes }), ...(properties && { properties }) };
  return Object.keys(info).length > 0 ? JSON.stringify(info, null, indent) : '';
}

function actorText(entry: AuditEntry): string {
  const { name, agent, email, id, type } = entry.actor;
  const actor = [...new Set([name || agent?.name, email ?? id])].filter(Boolean).join(' ') || type;
  return [actor, actedFor(entry)].filter(Boolean).join(' ');
}

const onlyOnBehalfOf = ({ onBehalfOf }: AuditEntry) => onBehalfOf?.map(actorName).join(', ');

/** All columns in the order of the menu. The default columns are in the order in which they are shown. */
export const COLUMNS: readonly Column[] = [
  {
    id: 'when',
    title: () => t('column.when', 'When (UTC)'),
    width: 164,
    byDefault: 'always',
    testId: testIds.table.when,
    render: ({ ns, now, zone }) => <WhenCell {...{ ns, now, zone }} />,
    text: ({ ns, zone }) => zonedTime(ns, zone),
  },
  {
    id: 'actor',
    title: () => t('column.actor', 'Actor'),
    width: 120,
    upTo: 208,
    byDefault: 'always',
    testId: testIds.table.actor,
    render: ({ entry }) => <ActorCell entry={entry} />,
    text: ({ entry }) => actorText(entry),
  },
  {
    id: 'action',
    title: () => t('column.action', 'Action / Event'),
    width: 124,
    upTo: 192,
    byDefault: 'always',
    testId: testIds.table.cell('action'),
    render: ({ entry }) => <ActionCell action={entry.action} event={entry.event} />,
    text: ({ entry: { action } }) => action,
  },
  textColumn(
    'target',
    () => t('column.target', 'Target'),
    88,
    ({ target }) => (target ? targetText(target) : undefined),
    { grow: 1.5, byDefault: 'with-room', testId: testIds.table.target },
  ),
  {
    id: 'result',
    title: () => t('column.result', 'Result'),
    width: 92,
    byDefault: 'always',
    testId: testIds.table.result,
    render: ({ entry: { outcome } }) => <ResultCell outcome={outcome} />,
    text: ({ entry: { outcome } }) => outcome,
  },
  textColumn(
    'ip',
    () => t('column.ip', 'IP address'),
    124,
    ({ source }) => source?.ip,
    {
      byDefault: 'with-room',
      testId: testIds.table.ip,
    },
  ),
  textColumn(
    'description',
    () => t('column.description', 'Description'),
    144,
    ({ description }) => description,
    {
      grow: 4,
      byDefault: 'always',
      testId: testIds.table.description,
    },
  ),
  {
    id: 'event',
    title: () => t('column.event', 'Event'),
    width: 100,
    testId: testIds.table.cell('event'),
    render: ({ entry: { event } }) => <EventCell event={event} />,
    text: ({ entry: { event } }) => event,
  },
  textColumn(
    'errorMessage',
    () => t('column.error-message', 'Failure reason'),
    160,
    ({ error }) => error?.message,
    { grow: 1 },
  ),
  textColumn(
    'errorCode',
    () => t('column.error-code', 'Error code'),
    120,
    ({ error }) => error?.code,
  ),
  textColumn(
    'reason',
    () => t('column.reason', 'Reason'),
    160,
    ({ reason }) => reason,
    { grow: 1 },
  ),
  textColumn('onBehalfOf', () => t('column.on-behalf-of', 'On behalf of'), 150, onlyOnBehalfOf, { grow: 1 }),
  textColumn(
    'agent',
    () => t('column.agent', 'Agent'),
    130,
    ({ actor }) => actor.agent?.name,
  ),
  textColumn(
    'actorId',
    () => t('column.actor-id', 'User ID'),
    130,
    ({ actor }) => actor.id,
  ),
  textColumn(
    'actorType',
    () => t('column.actor-type', 'Actor type'),
    100,
    ({ actor }) => actor.type,
  ),
  textColumn(
    'related',
    () => t('column.related', 'Related records'),
    160,
    ({ related }) => related?.map(targetText).join(', '),
    { grow: 1 },
  ),
  textColumn(
    'requestId',
    () => t('column.request-id', 'Request ID'),
    150,
    ({ request }) => request?.id,
  ),
  textColumn(
    'userAgent',
    () => t('column.user-agent', 'User agent'),
    180,
    ({ source }) => source?.userAgent,
    { grow: 1 },
  ),
  textColumn(
    'email',
    () => t('column.email', 'User email'),
    180,
    ({ actor }) => actor.email,
    { grow: 1 },
  ),
  textColumn(
    'method',
    () => t('column.method', 'Method'),
    90,
    ({ request }) => request?.method,
  ),
  textColumn(
    'endpoint',
    () => t('column.endpoint', 'Endpoint'),
    180,
    ({ request }) => request?.endpoint,
    { grow: 1 },
  ),
  textColumn(
    'status',
    () => t('column.status', 'Status'),
    80,
    ({ request }) => request?.status ?? t('status.none', 'N/A'),
  ),
  textColumn(
    'operation',
    () => t('column.operation', 'Operation'),
    150,
    ({ request }) => request?.operation,
    {
      grow: 1,
    },
  ),
  textColumn(
    'channel',
    () => t('column.channel', 'Channel'),
    110,
    ({ channel }) => channel,
  ),
  textColumn(
    'category',
    () => t('column.category', 'Category'),
    90,
    ({ category }) => category,
  ),
  textColumn(
    'group',
    () => t('column.group', 'Group'),
    130,
    ({ actor }) => actor.groups?.join(', '),
  ),
  textColumn(
    'project',
    () => t('column.project', 'Project'),
    130,
    ({ scope }) => scope?.project,
  ),
  textColumn(
    'package',
    () => t('column.package', 'Package'),
    130,
    ({ scope }) => scope?.package,
  ),
  textColumn(
    'service',
    () => t('column.service', 'Service'),
    120,
    ({ service }) => service,
  ),
  textColumn(
    'auth',
    () => t('column.auth', 'Authentication'),
    120,
    ({ authContext }) => authContext,
  ),
  textColumn(
    'session',
    () => t('column.session', 'Session'),
    130,
    ({ source }) => source?.sessionId,
  ),
  textColumn(
    'device',
    () => t('column.device', 'Device'),
    130,
    ({ source }) => source?.deviceId,
  ),
  textColumn(
    'trace',
    () => t('column.trace', 'Trace ID'),
    130,
    ({ trace }) => trace?.traceId,
  ),
  textColumn(
    'id',
    () => t('column.id', 'Entry ID'),
    130,
    ({ id }) => id,
  ),
  {
    id: 'info',
    title: () => t('column.info', 'Additional info'),
    width: 220,
    grow: 3,
    testId: testIds.table.cell('info'),
    render: ({ entry, open }) => <InfoCell text={infoText(entry, open ? 2 : undefined)} open={open} />,
    text: ({ entry }) => infoText(entry),
  },
];
