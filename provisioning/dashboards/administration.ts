import { fieldStorage } from '@auditrail/core/query';
import { entryColumns } from './columns.ts';
import type { AuditDashboard } from './frame.ts';
import { DASHBOARD_UIDS } from './panel-ids.ts';
import { entriesPanel, statFrame, statPanel, topActorsPanel, topPanel, volumePanel } from './panels.ts';
import {
  ACTION,
  actionLike,
  AGENT,
  CHANNEL,
  distinct,
  entries,
  EVENT,
  failures,
  inRow,
  sumOrZero,
  top,
} from './queries.ts';

const RIGHTS = '.+[.](?:granted|revoked)';
const ACCOUNTS = 'user[.](?:created|deleted|disabled|invited|updated|unlocked)';
const IMPERSONATION = '.+[.]impersonation_(?:started|ended)';
const SETTINGS_CHANGED = '.*settings?[.].+|.+[.]settings[.].+';
const rights = `${entries()} ${actionLike(RIGHTS)}`;
const accounts = `${entries()} ${actionLike(ACCOUNTS)}`;
const settings = `${entries()} ${actionLike(SETTINGS_CHANGED)}`;
const impersonations = `${entries()} ${actionLike('.+[.]impersonation_started')}`;
const changes = `${entries()} ${actionLike(`${RIGHTS}|${ACCOUNTS}|${IMPERSONATION}|${SETTINGS_CHANGED}`)}`;
const agents = `${entries()} | ${AGENT}!=""`;
const denied = `${failures} | ${EVENT}="denied"`;
const ON_BEHALF_OF = fieldStorage('onBehalfOf').key;
// A list: ["ada@example.com"].
const FOR_WHOM = `| ${ON_BEHALF_OF}!="" | label_format for_whom=\`{{ .${ON_BEHALF_OF} | replace "[\\"" "" | replace "\\"]" "" }}\``;
const { when, email, action, description } = entryColumns({});

const stat = statFrame(4);

/** Changes of rights, accounts and settings, denied attempts, and what AI agents do. */
export const ADMINISTRATION: AuditDashboard = {
  uid: DASHBOARD_UIDS.administration,
  title: 'Administration and agents',
  description: 'Changes of rights, accounts and settings, denied attempts, and what AI agents did for whom.',
  from: 'now-24h',
  annotations: [],
  panels: [
    statPanel(stat(0, 1, 'Changes of rights', 'Roles and permissions were granted or revoked.'), sumOrZero(rights), {
      'action~': '.role.',
    }),
    statPanel(stat(4, 2, 'Changes of accounts', 'Accounts were created, changed or deleted.'), sumOrZero(accounts), {
      action: ['created', 'deleted', 'disabled', 'invited', 'updated', 'unlocked'].map((event) => `user.${event}`),
    }),
    statPanel(
      stat(8, 3, 'Changes of settings', 'Settings of applications and of the audit log were changed.'),
      sumOrZero(settings),
      { 'action~': 'setting' },
    ),
    statPanel(stat(12, 4, 'Impersonations', 'Somebody started to act as another person.'), sumOrZero(impersonations), {
      'action~': 'impersonation',
    }),
    statPanel(stat(16, 5, 'Denied attempts', 'Attempts without the necessary permission.'), sumOrZero(denied), {
      event: 'denied',
    }),
    statPanel(stat(20, 6, 'Agents', 'AI agents that did something.'), distinct(AGENT, agents), { actorType: 'agent' }),
    volumePanel(
      {
        id: 7,
        title: 'Administration over time',
        description:
          'Changes of rights, accounts and settings, and impersonations, by action. Click a bar to see the entries.',
        position: { x: 0, y: 4, w: 24, h: 8 },
        legend: ACTION,
        link: { action: '${__field.labels.audit_action:percentencode}' },
        colors: {},
      },
      changes,
    ),
    topActorsPanel(
      {
        id: 8,
        title: 'Administrators',
        description: 'Who changed rights, accounts and settings most often.',
        position: { x: 0, y: 12, w: 5, h: 10 },
        column: 'Actor',
        number: 'Changes',
        color: 'blue',
      },
      changes,
    ),
    topActorsPanel(
      {
        id: 9,
        title: 'Denied attempts by actor',
        description: 'Who lacked a permission most often.',
        position: { x: 5, y: 12, w: 5, h: 10 },
        column: 'Actor',
        number: 'Attempts',
        color: 'red',
      },
      denied,
      { event: 'denied' },
    ),
    topPanel(
      {
        id: 10,
        title: 'What agents did',
        description: 'The actions of AI agents.',
        position: { x: 10, y: 12, w: 8, h: 10 },
        column: 'Agent',
        by: AGENT,
        columns: { [ACTION]: 'Action' },
        color: 'purple',
      },
      top([AGENT, ACTION], agents),
      { agent: inRow('Agent'), action: inRow('Action') },
    ),
    topPanel(
      {
        id: 11,
        title: 'For whom agents acted',
        description: 'The people on whose behalf AI agents acted.',
        position: { x: 18, y: 12, w: 6, h: 10 },
        column: 'Person',
        by: 'for_whom',
        color: 'purple',
      },
      top(['for_whom'], `${agents} ${FOR_WHOM}`),
      { actorType: 'agent', onBehalfOf: inRow('Person') },
    ),
    entriesPanel(
      {
        id: 12,
        title: 'Latest changes',
        description: 'The newest 50 changes of rights, accounts and settings, and impersonations.',
        position: { x: 0, y: 22, w: 12, h: 11 },
      },
      `${changes} | keep ${CHANNEL}`,
      [when, email, { ...action, width: 170 }, description],
    ),
    entriesPanel(
      {
        id: 13,
        title: 'Latest actions of agents',
        description: 'The newest 50 entries of AI agents. The reason is what the agent stated.',
        position: { x: 12, y: 22, w: 12, h: 11 },
      },
      `${agents} | keep ${CHANNEL}`,
      [
        when,
        { path: 'actor.agent.name', title: 'Agent', width: 120, link: { agent: inRow('Agent') } },
        { ...action, width: 160 },
        description,
        { path: 'reason', title: 'Reason', kind: 'long' },
      ],
    ),
  ],
};
