import { WHO, WHO_LABEL } from '@auditrail/core/detections';
import { entryColumns } from './columns.ts';
import type { AuditDashboard } from './frame.ts';
import { DASHBOARD_UIDS, PANEL_IDS } from './panel-ids.ts';
import { entriesPanel, outcomePanel, statFrame, statPanel, topActorsPanel, topPanel, volumePanel } from './panels.ts';
import { ACTION, CHANNEL, distinct, entries, failures, inRow, IP, OUTCOME } from './queries.ts';
import { sum, sumBy, TARGET_ID, TARGET_NAME, TARGET_TYPE, top } from './queries.ts';
import { FAILED_SIGN_INS, failedSignIns } from './sign-in-queries.ts';

const { when, email, action, ip, error, trace } = entryColumns({ outcome: 'failure' });
const stat = statFrame(6);

/** What happens in all applications. Alert rules refer to its panels. */
export const OVERVIEW: AuditDashboard = {
  uid: DASHBOARD_UIDS.overview,
  title: 'Audit overview',
  description: 'Numbers of entries, actors and failures. The audit page shows the entries.',
  from: 'now-6h',
  annotations: ['Deployments'],
  panels: [
    statPanel(stat(0, PANEL_IDS.entries, 'Entries', 'All entries in the time range.'), sum(entries()), {}),
    statPanel(
      stat(6, PANEL_IDS.actors, 'People and systems', 'The number of different actors in the time range.'),
      distinct(WHO_LABEL, `${entries()} ${WHO}`),
      {},
    ),
    statPanel(stat(12, PANEL_IDS.failures, 'Failures', 'Entries with the outcome failure.'), sum(failures), {
      outcome: 'failure',
    }),
    statPanel(
      stat(18, PANEL_IDS.failedSignIns, 'Failed sign-ins', 'Failed attempts to sign in.'),
      sum(failedSignIns),
      FAILED_SIGN_INS,
    ),
    volumePanel(
      {
        id: PANEL_IDS.volume,
        title: 'Entries over time',
        description: 'Each bar is the number of entries in an interval. Click a bar to see the entries.',
        position: { x: 0, y: 4, w: 16, h: 8 },
        legend: OUTCOME,
      },
      entries(),
    ),
    outcomePanel(
      {
        id: PANEL_IDS.outcomes,
        title: 'Outcomes by channel',
        description: 'A channel is an area of the log, such as auth or security.',
        position: { x: 16, y: 4, w: 8, h: 8 },
        column: 'Channel',
        rows: CHANNEL,
        outcome: OUTCOME,
      },
      sumBy([CHANNEL, OUTCOME], entries()),
      { channel: inRow('Channel'), outcome: '${__field.name}' },
    ),
    topActorsPanel(
      {
        id: PANEL_IDS.topActors,
        title: 'Most active actors',
        description: 'Actors with the most entries, by e-mail address, id or name.',
        position: { x: 0, y: 12, w: 8, h: 10 },
        column: 'Actor',
        color: 'blue',
      },
      entries(),
    ),
    topPanel(
      {
        id: PANEL_IDS.topActions,
        title: 'Most frequent actions',
        description: 'Actions with the most entries.',
        position: { x: 8, y: 12, w: 8, h: 10 },
        column: 'Action',
        by: ACTION,
        color: 'blue',
      },
      top([ACTION], entries()),
      { action: inRow('Action') },
    ),
    topPanel(
      {
        id: PANEL_IDS.topTargets,
        title: 'Most frequent targets',
        description: 'The records that were acted on most.',
        position: { x: 16, y: 12, w: 8, h: 10 },
        column: 'Target',
        by: TARGET_NAME,
        columns: { [TARGET_TYPE]: 'Type' },
        hidden: [TARGET_ID],
        color: 'blue',
      },
      top([TARGET_NAME, TARGET_TYPE, TARGET_ID], `${entries()} | ${TARGET_NAME}!=""`),
      { targetId: inRow(TARGET_ID) },
    ),
    topActorsPanel(
      {
        id: PANEL_IDS.failedSignInsByUser,
        title: 'Failed sign-ins by user',
        description: 'The accounts with the most failed sign-ins.',
        position: { x: 0, y: 22, w: 6, h: 12 },
        column: 'User',
        color: 'red',
      },
      failedSignIns,
      FAILED_SIGN_INS,
    ),
    topPanel(
      {
        id: PANEL_IDS.failedSignInsByAddress,
        title: 'Failed sign-ins by address',
        description: 'The addresses with the most failed sign-ins.',
        position: { x: 6, y: 22, w: 6, h: 12 },
        column: 'IP address',
        by: IP,
        color: 'red',
      },
      top([IP], `${failedSignIns} | ${IP}!=""`),
      { ...FAILED_SIGN_INS, ip: inRow('IP address') },
    ),
    entriesPanel(
      {
        id: PANEL_IDS.latestFailures,
        title: 'Latest failures',
        description: 'The newest 50 entries with the outcome failure.',
        position: { x: 12, y: 22, w: 12, h: 12 },
      },
      `${failures} | keep ${CHANNEL}`,
      [
        when,
        { ...email, width: 160 },
        { ...action, width: 100 },
        { ...ip, width: 110 },
        { ...error, width: 115 },
        trace,
      ],
    ),
  ],
};
