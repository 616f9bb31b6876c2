import { alertListPanel } from './alert-list.ts';
import { entryColumns } from './columns.ts';
import type { AuditDashboard } from './frame.ts';
import { DASHBOARD_UIDS } from './panel-ids.ts';
import { entriesPanel, statFrame, statPanel, topActorsPanel, topPanel, volumePanel } from './panels.ts';
import { actionIs, actionLike, CHANNEL, distinct, entries, ERROR_CODE, inRow, IP, OUTCOME } from './queries.ts';
import { sumOrZero, TARGET_ID, TARGET_NAME, top, topDistinct, ACTION } from './queries.ts';
import { SETTINGS } from '../settings.ts';
import { WHO, WHO_LABEL } from '@auditrail/core/detections';
import { FAILED_SIGN_INS, failedSignIns, signIns, successfulSignIns } from './sign-in-queries.ts';

const LOCKED = SETTINGS.actions.locked;
const lockouts = `${entries()} ${actionIs(LOCKED)}`;
const mfa = `${entries()} ${actionLike('(?:.+[.])?mfa[.].+')}`;
const newNetworks = `${entries()} | ${ACTION}="security.network.new"`;
const threats = `{${CHANNEL}="security"} ${actionLike('(?:security[.].+|.+[.]locked|.+[.](?:granted|revoked))')}`;
const { when, actor, email, action, target, ip, trace, description } = entryColumns({ channel: 'security' });

const stat = statFrame(4);

/** Who signs in, who fails to, and signs of an attack. */
export const SIGN_INS: AuditDashboard = {
  uid: DASHBOARD_UIDS.signIns,
  title: 'Sign-ins and threats',
  description: 'Sign-ins, failures by account and address, lockouts, second factors and open alerts.',
  from: 'now-24h',
  annotations: ['Changes of rights'],
  panels: [
    statPanel(stat(0, 1, 'Sign-ins', 'Successful sign-ins.'), sumOrZero(successfulSignIns), {
      action: FAILED_SIGN_INS.action ?? '',
      outcome: 'success',
    }),
    statPanel(stat(4, 2, 'Failed sign-ins', 'Failed attempts to sign in.'), sumOrZero(failedSignIns), FAILED_SIGN_INS),
    statPanel(
      stat(8, 3, 'Accounts with failures', 'Accounts for which a sign-in failed.'),
      distinct(WHO_LABEL, `${failedSignIns} ${WHO}`),
      FAILED_SIGN_INS,
    ),
    statPanel(
      stat(12, 4, 'Addresses with failures', 'Addresses from which a sign-in failed.'),
      distinct(IP, `${failedSignIns} | ${IP}!=""`),
      FAILED_SIGN_INS,
    ),
    statPanel(stat(16, 5, 'Lockouts', 'Accounts were locked after too many failures.'), sumOrZero(lockouts), {
      action: LOCKED,
    }),
    statPanel(
      stat(20, 6, 'New networks', 'Sign-ins from a network that is new for the person. The keeper finds them.'),
      sumOrZero(newNetworks),
      { action: 'security.network.new' },
    ),
    volumePanel(
      {
        id: 7,
        title: 'Sign-ins over time',
        description: 'Attempts to sign in, by outcome. Click a bar to see the entries.',
        position: { x: 0, y: 4, w: 16, h: 8 },
        legend: OUTCOME,
        link: { action: FAILED_SIGN_INS.action ?? '' },
      },
      signIns,
    ),
    alertListPanel({
      id: 8,
      title: 'Open alerts',
      description: 'Alerts of the audit log that are firing or pending.',
      position: { x: 16, y: 4, w: 8, h: 8 },
    }),
    topActorsPanel(
      {
        id: 9,
        title: 'Failures by account',
        description: 'The accounts with the most failed sign-ins.',
        position: { x: 0, y: 12, w: 6, h: 10 },
        column: 'Account',
        color: 'red',
      },
      failedSignIns,
      FAILED_SIGN_INS,
    ),
    topPanel(
      {
        id: 10,
        title: 'Failures by address',
        description: 'The addresses with the most failed sign-ins.',
        position: { x: 6, y: 12, w: 6, h: 10 },
        column: 'IP address',
        by: IP,
        color: 'red',
      },
      top([IP], `${failedSignIns} | ${IP}!=""`),
      { ...FAILED_SIGN_INS, ip: inRow('IP address') },
    ),
    topPanel(
      {
        id: 11,
        title: 'Sprays: accounts by address',
        description:
          'Addresses that failed at the most different accounts. A few are an office; many are password spraying.',
        position: { x: 12, y: 12, w: 6, h: 10 },
        column: 'IP address',
        by: IP,
        number: 'Accounts',
        color: 'orange',
      },
      topDistinct(WHO_LABEL, [IP], `${failedSignIns} | ${IP}!="" ${WHO}`),
      { ...FAILED_SIGN_INS, ip: inRow('IP address') },
    ),
    topActorsPanel(
      {
        id: 12,
        title: 'Distributed: addresses by account',
        description: 'Accounts at which the most different addresses failed.',
        position: { x: 18, y: 12, w: 6, h: 10 },
        column: 'Account',
        number: 'Addresses',
        color: 'orange',
      },
      `${failedSignIns} | ${IP}!=""`,
      FAILED_SIGN_INS,
      (by, log) => topDistinct(IP, by, log),
    ),
    topPanel(
      {
        id: 13,
        title: 'Why sign-ins failed',
        description: 'The error codes that applications record.',
        position: { x: 0, y: 22, w: 8, h: 8 },
        column: 'Error code',
        by: ERROR_CODE,
        color: 'red',
      },
      top([ERROR_CODE], `${failedSignIns} | ${ERROR_CODE}!=""`),
      { ...FAILED_SIGN_INS, errorCode: inRow('Error code') },
    ),
    topPanel(
      {
        id: 14,
        title: 'Lockouts by account',
        description: 'Accounts that were locked most often.',
        position: { x: 8, y: 22, w: 8, h: 8 },
        column: 'Account',
        by: TARGET_NAME,
        hidden: [TARGET_ID],
        number: 'Lockouts',
        color: 'orange',
      },
      top([TARGET_NAME, TARGET_ID], lockouts),
      { action: LOCKED, targetId: inRow(TARGET_ID) },
    ),
    topPanel(
      {
        id: 15,
        title: 'Second factors',
        description: 'Requested, added, removed and reset second factors, by action.',
        position: { x: 16, y: 22, w: 8, h: 8 },
        column: 'Action',
        by: ACTION,
        color: 'blue',
      },
      top([ACTION], mfa),
      { action: inRow('Action') },
    ),
    entriesPanel(
      {
        id: 16,
        title: 'Security events',
        description:
          'Lockouts, changes of rights, and what the keeper found: new networks, unusual hours, late attacks.',
        position: { x: 0, y: 30, w: 24, h: 10 },
      },
      `${threats} | keep ${CHANNEL}`,
      [when, actor, email, action, target, ip, trace, description],
    ),
  ],
};
