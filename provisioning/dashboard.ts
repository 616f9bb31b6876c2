import { ATTRIBUTES, lokiName } from '@auditrail/core';
import { fieldStorage, logqlString, regexText } from '@auditrail/core/query';
import { pagePath, type AuditPageParams } from './page-link.ts';
import { entriesPanel, outcomePanel, PANEL_IDS, statPanel, topPanel, volumePanel, type Panel } from './panels.ts';
import { having, IP, SIGN_IN_ACTIONS, WHO, WHO_LABEL } from './queries.ts';

const SERVICE = fieldStorage('service').key;
const CHANNEL = fieldStorage('channel').key;
const OUTCOME = fieldStorage('outcome').key;
const ACTION = fieldStorage('action').key;
const EMAIL = lokiName(ATTRIBUTES.actorEmail);

// Grafana replaces the variables by regular expressions of the selected values.
const entries = (more = '') => `{${SERVICE}=~"$service", ${CHANNEL}=~"$channel"${more}}`;
const failures = entries(`, ${OUTCOME}="failure"`);
const failedSignIns = `${failures} | ${ACTION}=~${logqlString(SIGN_IN_ACTIONS.map(regexText).join('|'))}`;
const count = (query: string, window = '$__range') => `count_over_time(${query} [${window}])`;
const sum = (query: string) => `sum(${count(query)})`;
const top = (by: string[], query: string) => `topk(10, sum by (${by.join(', ')}) (${count(query)}))`;
const inRow = (label: string) => `\${__data.fields["${label}"]:percentencode}`;

const FAILED_SIGN_INS: AuditPageParams = { action: SIGN_IN_ACTIONS, outcome: 'failure' };

const PANELS: Panel[] = [
  statPanel(
    {
      id: PANEL_IDS.entries,
      title: 'Entries',
      description: 'All entries in the time range.',
      position: { x: 0, y: 0, w: 6, h: 4 },
    },
    sum(entries()),
    {},
  ),
  statPanel(
    {
      id: PANEL_IDS.actors,
      title: 'People and systems',
      description: 'The number of different actors in the time range.',
      position: { x: 6, y: 0, w: 6, h: 4 },
    },
    `count(sum by (${WHO_LABEL}) (${count(`${entries()} ${WHO}`)}))`,
    {},
  ),
  statPanel(
    {
      id: PANEL_IDS.failures,
      title: 'Failures',
      description: 'Entries with the outcome failure.',
      position: { x: 12, y: 0, w: 6, h: 4 },
    },
    sum(failures),
    { outcome: 'failure' },
  ),
  statPanel(
    {
      id: PANEL_IDS.failedSignIns,
      title: 'Failed sign-ins',
      description: 'Failed attempts to sign in.',
      position: { x: 18, y: 0, w: 6, h: 4 },
    },
    sum(failedSignIns),
    FAILED_SIGN_INS,
  ),
  volumePanel(
    {
      id: PANEL_IDS.volume,
      title: 'Entries over time',
      description: 'Each bar is the number of entries in an interval. Click a bar to see the entries.',
      position: { x: 0, y: 4, w: 16, h: 8 },
    },
    `sum by (${OUTCOME}) (${count(entries(), '$__auto')})`,
    OUTCOME,
  ),
  outcomePanel(
    {
      id: PANEL_IDS.outcomes,
      title: 'Outcomes by channel',
      description: 'A channel is an area of the log, such as auth or security.',
      position: { x: 16, y: 4, w: 8, h: 8 },
    },
    `sum by (${CHANNEL}, ${OUTCOME}) (${count(entries())})`,
    { rows: CHANNEL, outcome: OUTCOME, link: { channel: inRow('Channel'), outcome: '${__field.name}' } },
  ),
  topPanel(
    {
      id: PANEL_IDS.topActors,
      title: 'Most active actors',
      description: 'Actors with the most entries, by e-mail address, id or name.',
      position: { x: 0, y: 12, w: 6, h: 10 },
      column: 'Actor',
      by: WHO_LABEL,
      hidden: [EMAIL],
      color: 'blue',
    },
    top([WHO_LABEL, EMAIL], `${entries()} ${WHO}`),
    { user: inRow(EMAIL) },
  ),
  topPanel(
    {
      id: PANEL_IDS.topActions,
      title: 'Most frequent actions',
      description: 'Actions with the most entries.',
      position: { x: 6, y: 12, w: 6, h: 10 },
      column: 'Action',
      by: ACTION,
      color: 'blue',
    },
    top([ACTION], entries()),
    { action: inRow('Action') },
  ),
  topPanel(
    {
      id: PANEL_IDS.failedSignInsByUser,
      title: 'Failed sign-ins by user',
      description: 'The accounts with the most failed sign-ins.',
      position: { x: 12, y: 12, w: 6, h: 10 },
      column: 'User',
      by: WHO_LABEL,
      hidden: [EMAIL],
      color: 'red',
    },
    top([WHO_LABEL, EMAIL], `${failedSignIns} ${WHO}`),
    { ...FAILED_SIGN_INS, user: inRow(EMAIL) },
  ),
  topPanel(
    {
      id: PANEL_IDS.failedSignInsByAddress,
      title: 'Failed sign-ins by address',
      description: 'The addresses with the most failed sign-ins.',
      position: { x: 18, y: 12, w: 6, h: 10 },
      column: 'IP address',
      by: IP,
      color: 'red',
    },
    top([IP], `${failedSignIns} ${having(IP)}`),
    { ...FAILED_SIGN_INS, ip: inRow('IP address') },
  ),
  entriesPanel(
    {
      id: PANEL_IDS.latestFailures,
      title: 'Latest failures',
      description: 'The newest 50 entries with the outcome failure.',
      position: { x: 0, y: 22, w: 24, h: 12 },
    },
    `${failures} | keep ${CHANNEL}`,
    [
      { path: 'time', title: 'When', width: 165, kind: 'time' },
      { path: 'actor.name', title: 'Actor', width: 140 },
      { path: 'actor.email', title: 'E-mail', width: 190, link: { outcome: 'failure', user: inRow('E-mail') } },
      { path: 'action', title: 'Action', width: 140, link: { outcome: 'failure', action: inRow('Action') } },
      { path: 'source.ip', title: 'IP address', width: 120, link: { outcome: 'failure', ip: inRow('IP address') } },
      { path: 'error.message', title: 'Error', width: 160, kind: 'long' },
      { path: 'description', title: 'Description', kind: 'long' },
    ],
  ),
];

const variable = (name: string, title: string, label: string, datasource: unknown) => ({
  name,
  label: title,
  type: 'query',
  datasource,
  query: { refId: name, type: 1, label, stream: '' },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.+',
  current: { text: ['All'], value: ['$__all'] },
});

/** The dashboard in Grafana's JSON format. */
export function dashboard(uid: string, datasourceUid: string): Record<string, unknown> {
  const datasource = { type: 'loki', uid: datasourceUid };
  return {
    uid,
    title: 'Audit overview',
    description: 'Numbers of entries, actors and failures. The audit page shows the entries.',
    tags: ['audit'],
    schemaVersion: 41,
    version: 1,
    editable: false,
    graphTooltip: 1,
    time: { from: 'now-6h', to: 'now' },
    refresh: '1m',
    timezone: 'browser',
    links: [
      {
        type: 'link',
        title: 'Audit page',
        url: pagePath({}),
        icon: 'external link',
        keepTime: true,
        includeVars: true,
        targetBlank: false,
        tags: [],
        asDropdown: false,
      },
    ],
    templating: {
      list: [variable('service', 'Service', SERVICE, datasource), variable('channel', 'Channel', CHANNEL, datasource)],
    },
    annotations: { list: [] },
    panels: PANELS.map((panel) => ({
      ...panel,
      datasource,
      targets: panel.targets.map((target) => ({ ...target, datasource })),
    })),
  };
}
