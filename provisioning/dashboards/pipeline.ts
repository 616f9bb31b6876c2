import { CHAIN_ACTIONS } from '@auditrail/core';
import { ACTION, actionLike, CHANNEL, entries, inRow, SEQ, SERVICE, STREAM, sumBy } from './queries.ts';
import { entryColumns } from './columns.ts';
import type { AuditDashboard } from './frame.ts';
import { metricLines, metricStat } from './metric-panels.ts';
import { queue, SPOOL_AGE, TO_KEEPER, TO_LOKI, total } from '../metrics.ts';
import { DASHBOARD_UIDS } from './panel-ids.ts';
import { entriesPanel, statFrame, topPanel, volumePanel } from './panels.ts';

const increase = (counter: string) => `sum(increase(${counter}[$__range])) or vector(0)`;

const filled = (more: string) => `max(${queue('size', more)} / ${queue('capacity', more)})`;

// Of each chain: the numbers from the first to the last that is in the time range, and the entries that have them.
// A chain can begin with imported entries, which are older than its first statement.
const numbered = `${entries()} | ${STREAM}!="" | ${ACTION}!="${CHAIN_ACTIONS.started}"`;
const numbers = (which: 'min' | 'max') =>
  `${which}_over_time(${numbered} | unwrap ${SEQ} [$__range]) by (${SERVICE}, ${STREAM})`;
const found = sumBy([SERVICE, STREAM], numbered);
const missing = `${numbers('max')} - ${numbers('min')} + 1 - ${found}`;
const { when, description } = entryColumns({ 'action~': 'audit.chain.' });

const stat = statFrame(4);

/** Whether entries arrive: spools, queues, refusals, chains. Half of it needs Prometheus. */
export const PIPELINE: AuditDashboard = {
  uid: DASHBOARD_UIDS.pipeline,
  title: 'Audit pipeline health',
  description: 'Whether entries arrive: spools of applications, queues of the collector, refusals of Loki, chains.',
  from: 'now-1h',
  annotations: ['Deployments'],
  panels: [
    metricStat(
      {
        ...stat(0, 1, 'Oldest undelivered entry', 'The time that an entry has waited in the spool of an application.'),
        ...{ unit: 's', decimals: 1, warnFrom: 60 },
      },
      `max(${SPOOL_AGE})`,
    ),
    metricStat(
      {
        ...stat(4, 2, 'Entries in spools', 'Entries on the disks of applications that wait for the collector.'),
        ...{ unit: 'locale', warnFrom: 1000 },
      },
      'sum(audit_queue_depth)',
    ),
    metricStat(
      {
        ...stat(8, 3, 'Fullest queue', "How full the fullest of the collector's queues is."),
        ...{ unit: 'percentunit', decimals: 1, warnFrom: 0.5 },
      },
      `max(${queue('size')} / ${queue('capacity')})`,
    ),
    metricStat(
      {
        ...stat(12, 4, 'Refused by Loki', 'Entries that exceeded a limit of Loki.'),
        ...{ unit: 'locale', warnFrom: 1 },
      },
      increase('loki_discarded_samples_total'),
    ),
    metricStat(
      {
        ...stat(16, 5, 'Not recorded', 'Entries that applications could not record, and dead letters.'),
        ...{ unit: 'locale', warnFrom: 1 },
      },
      increase(total('audit_records_dropped')),
    ),
    metricStat(
      {
        ...stat(20, 6, 'Unrecorded requests', 'Requests that changed something, succeeded and recorded nothing.'),
        ...{ unit: 'locale', warnFrom: 1 },
      },
      increase(total('audit_requests_unrecorded')),
    ),
    metricLines(
      {
        id: 7,
        title: 'Lag from action to Loki',
        description: 'The age of the oldest undelivered entry of each application. 0 s means that all are delivered.',
        position: { x: 0, y: 4, w: 12, h: 8 },
        unit: 's',
      },
      { '{{service_name}}': `max by (service_name) (${SPOOL_AGE})` },
    ),
    metricLines(
      {
        id: 8,
        title: 'Entries on their way, per second',
        description: 'Recorded by applications, accepted by the collector, stored by Loki, and copied to the keeper.',
        position: { x: 12, y: 4, w: 12, h: 8 },
        unit: 'short',
      },
      {
        recorded: `sum(rate(${total('audit_records_emitted')}[$__rate_interval]))`,
        accepted: `sum(rate(${total('otelcol_receiver_accepted_log_records')}[$__rate_interval]))`,
        stored: `sum(rate(${total('otelcol_exporter_sent_log_records', TO_LOKI)}[$__rate_interval]))`,
        'copied to the keeper': `sum(rate(${total('otelcol_exporter_sent_log_records', TO_KEEPER)}[$__rate_interval]))`,
      },
    ),
    metricLines(
      {
        id: 9,
        title: "Collector's queues",
        description:
          'What waits in each queue. Queues to Loki count requests or bytes, that to the keeper counts bytes.',
        position: { x: 0, y: 12, w: 12, h: 8 },
        unit: 'percentunit',
      },
      { 'to Loki': filled(TO_LOKI), 'to the keeper': filled(TO_KEEPER) },
    ),
    volumePanel(
      {
        id: 10,
        title: 'Entries by application',
        description:
          'A gap is an application that records nothing, or that is cut off. Click a bar to see the entries.',
        position: { x: 12, y: 12, w: 12, h: 8 },
        legend: SERVICE,
        colors: {},
      },
      entries(),
    ),
    topPanel(
      {
        id: 11,
        title: 'Missing numbers by chain',
        description:
          'Each emitter numbers its entries. A positive number means that entries of the time range are missing, a negative one that some were delivered twice. `auditrail verify` gives the proof.',
        position: { x: 0, y: 20, w: 12, h: 10 },
        column: 'Chain',
        by: STREAM,
        columns: { [SERVICE]: 'Application' },
        number: 'Missing',
        color: 'text',
      },
      missing,
      { chainStream: inRow('Chain') },
    ),
    entriesPanel(
      {
        id: 12,
        title: 'Chains that began, ended or changed their key',
        description: 'The newest 50 statements of emitters about their chains.',
        position: { x: 12, y: 20, w: 12, h: 10 },
      },
      `${entries()} ${actionLike('audit[.]chain[.](?:started|ended|rekeyed)')} | keep ${CHANNEL}`,
      [
        when,
        { path: 'service', title: 'Application', width: 140 },
        { path: 'action', title: 'Action', width: 190 },
        description,
      ],
    ),
  ],
};
