import { entriesQuery, fieldStorage } from '@auditrail/core/query';
import type { AuditPageParams } from './page-link.ts';
import { PANEL_IDS } from './panels.ts';
import { failed, having, IP, SIGN_IN_ACTIONS, signIns, succeeded, WHO, WHO_LABEL } from './queries.ts';

/** An alert rule, the source of both Grafana's and Loki's rule files. */
export interface AlertRule {
  /** Grafana's uid of the rule. Must not change. */
  id: string;
  title: string;
  /** MITRE ATT&CK. */
  technique: string;
  tactic: string;
  severity: 'high' | 'critical';
  /** The related panel of the dashboard. */
  panel: (typeof PANEL_IDS)[keyof typeof PANEL_IDS];
  /** A LogQL metric query that includes the threshold, so that it only returns series above it. */
  query: string;
  /** The alert's title. `value` and `label(name)` insert the alert's value and labels. */
  summary: (insert: Inserts) => string;
  /** The description. */
  meaning: string;
  /** The steps to take. */
  runbook: string;
  /** Parameters of the audit page that shows the alert's entries. */
  page: (insert: Inserts) => AuditPageParams;
}

/** Template text in the syntax of the rule's engine. */
export interface Inserts {
  value: string;
  label: (name: string) => string;
  /** A label that some alerts of the rule lack, with text before it. */
  optional: (name: string, before: string) => string;
  /** A label encoded for a URL; empty if the alert lacks it. */
  urlLabel: (name: string) => string;
  /** As `urlLabel`, but only if the alert lacks the label `other`. */
  urlLabelUnless: (name: string, other: string) => string;
}

/**
 * Thresholds of the rules; docs/alerts.md has their sources. Windows end at the evaluation, so an entry that arrives after
 * its window causes no alert.
 */
export const THRESHOLDS = {
  bruteForce: { failures: 20, minutes: 5 },
  successAfterFailures: { failures: 10, minutes: 20 },
  roleGranted: { minutes: 60, roles: ['admin', 'administrator', 'owner', 'root', 'superuser'] },
};

const LAST_DAY = { from: 'now-24h', to: 'now' };
const { bruteForce, successAfterFailures, roleGranted } = THRESHOLDS;
const ROLE = fieldStorage('scope.role').key;
const TARGET = fieldStorage('targetId').key;
const TARGET_NAME = fieldStorage('targetName').key;

// The time of an entry as a number: the order of failures and success distinguishes an attack from a user who mistypes the
// password after a sign-in.
const WHEN = '| label_format at="{{ __timestamp__ | unixEpochNanos }}" | unwrap at';

// A success from an address, or of an account, with many failures. By address, because locks force an attacker to try
// several accounts; by account, because attackers change their address.
function successAfterManyFailures(): string {
  const window = `[${successAfterFailures.minutes}m]`;
  const failures = `${signIns(failed)} ${WHO}`;
  const successes = `${signIns(succeeded)} ${WHO}`;
  const count = (by: string, from: string) => `sum by (${by}) (count_over_time(${from} ${window}))`;
  const first = (by: string, from: string) => `min by (${by}) (min_over_time(${from} ${WHEN} ${window}))`;
  const last = (by: string, from: string) => `max by (${by}) (max_over_time(${from} ${WHEN} ${window}))`;
  const { failures: atLeast } = successAfterFailures;

  const there = (from: string) => `${from} ${having(IP)}`;
  const later = `${last(`${WHO_LABEL}, ${IP}`, there(successes))} > on (${IP}) group_left () ${first(IP, there(failures))}`;
  // The power of 0 keeps the series with the value 1, which is multiplied by the number of failures. No parenthesis may
  // follow group_left (): Loki drops the empty () when it formats a rule, and would parse the next one as labels.
  const byAddress = `(((${later}) ^ 0) * on (${IP}) group_left () ${count(IP, there(failures))}) >= ${atLeast}`;
  const laterOfAccount = `${last(WHO_LABEL, successes)} > on (${WHO_LABEL}) ${first(WHO_LABEL, failures)}`;
  const byAccount = `(${count(WHO_LABEL, failures)} >= ${atLeast}) and on (${WHO_LABEL}) (${laterOfAccount})`;
  return `(${byAddress}) or on (${WHO_LABEL}) (${byAccount})`;
}

/** Auditrail's alert rules. */
export const ALERT_RULES: readonly AlertRule[] = [
  {
    id: 'auditrail-brute-force-ip',
    title: 'Brute force from one address',
    technique: 'T1110.001',
    tactic: 'credential-access',
    severity: 'high',
    panel: PANEL_IDS.failedSignInsByAddress,
    query:
      `sum by (${IP}) (count_over_time(${signIns(failed)} ${having(IP)} [${bruteForce.minutes}m]))` +
      ` >= ${bruteForce.failures}`,
    summary: ({ value, label }) => `${value} failed sign-ins from ${label(IP)} within ${bruteForce.minutes} minutes`,
    meaning:
      'This address guesses passwords, or is a misconfigured client that repeats an old password. People do not mistype this often.',
    runbook:
      'Check which accounts were tried, and whether one sign-in succeeded (alert "Sign-in after many failures"). Block or rate-limit the address at the proxy. If it is the address of your own proxy or office, record the real client address in the application. If it is a misconfigured client, correct its password.',
    page: ({ urlLabel }) => ({ ...LAST_DAY, outcome: 'failure', ip: urlLabel(IP) }),
  },
  {
    id: 'auditrail-success-after-failures',
    title: 'Sign-in after many failures',
    technique: 'T1110',
    tactic: 'credential-access',
    severity: 'critical',
    panel: PANEL_IDS.failedSignInsByUser,
    query: successAfterManyFailures(),
    summary: ({ value, label, optional }) =>
      `${label(WHO_LABEL)} signed in${optional(IP, ' from ')} after ${value} failed attempts within ${successAfterFailures.minutes} minutes`,
    meaning:
      'An attacker may have guessed the password, or the owner signed in during an attack. If the alert has an address, the failures came from this address, on any account. Otherwise they were on this account, from any address.',
    runbook:
      'Compare address and user agent of the sign-in with those of the failures and of earlier sign-ins of the account. If it may not be the owner: end all sessions of the account, reset its password, and check its later actions and the other accounts that were tried from the same address.',
    page: ({ urlLabel, urlLabelUnless }) => ({
      ...LAST_DAY,
      action: SIGN_IN_ACTIONS,
      user: urlLabelUnless(WHO_LABEL, IP),
      ip: urlLabel(IP),
    }),
  },
  {
    id: 'auditrail-privileged-role-granted',
    title: 'Privileged role granted',
    technique: 'T1098.003',
    tactic: 'persistence',
    severity: 'high',
    panel: PANEL_IDS.topActions,
    query:
      `sum by (${[WHO_LABEL, TARGET, TARGET_NAME, ROLE].join(', ')}) (count_over_time(` +
      entriesQuery({
        filters: [
          { field: 'action', operator: 'is', values: ['user.role.granted'] },
          succeeded,
          { field: 'scope.role', operator: 'is any of', values: roleGranted.roles },
        ],
      }) +
      ` ${WHO} [${roleGranted.minutes}m])) >= 1`,
    summary: ({ label }) =>
      `${label(WHO_LABEL)} granted the role ${label(ROLE)} to ${label(TARGET_NAME)} (${label(TARGET)})`,
    meaning: 'This account now has high privileges. This is rare, and intruders do it to keep their access.',
    runbook:
      'Ask the person who granted the role, by other means than the account, or find the request for it. If nobody knows about it: revoke the role, end the sessions of both accounts, and check their later actions.',
    page: () => ({ ...LAST_DAY, action: 'user.role.granted' }),
  },
];
