import { entriesQuery, fieldStorage } from '@auditrail/core/query';
import type { AuditPageParams } from './page-link.ts';
import { PANEL_IDS } from './panels.ts';
import { failed, having, IP, SIGN_IN_ACTIONS, signIns, succeeded, WHO, WHO_LABEL } from './queries.ts';

/** One alert rule: what both Grafana's and Loki's rule files are written from. */
export interface AlertRule {
  /** Stable: Grafana's uid of the rule. */
  id: string;
  title: string;
  /** MITRE ATT&CK. */
  technique: string;
  tactic: string;
  severity: 'high' | 'critical';
  /** The dashboard's panel that shows the same thing. */
  panel: (typeof PANEL_IDS)[keyof typeof PANEL_IDS];
  /** A LogQL metric query with a number per series; it holds its own threshold, so what is below is no series at all. */
  query: string;
  /** What an alert says. `value` and `label(name)` insert the alert's own. */
  summary: (insert: Inserts) => string;
  /** What it means. */
  meaning: string;
  /** What to do. */
  runbook: string;
  /** The audit page with the entries behind the alert. */
  page: (insert: Inserts) => AuditPageParams;
}

/** Template text of the engine that a rule is written for. */
export interface Inserts {
  value: string;
  label: (name: string) => string;
  /** A label that not every alert of the rule has, with what stands before it. */
  optional: (name: string, before: string) => string;
  /** A label encoded for a URL, nothing where an alert does not have it. */
  urlLabel: (name: string) => string;
  /** The same, only where an alert lacks the label `other`. */
  urlLabelUnless: (name: string, other: string) => string;
}

/**
 * Where the rules draw the line; docs/alerts.md says whose published numbers these are. Windows end at the evaluation, so
 * an entry that arrives later than its window is in no alert.
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

// The time of an entry as a number that can be compared: the order of a failure and a success is what tells an attack
// from a person who signed in and mistyped later.
const WHEN = '| label_format at="{{ __timestamp__ | unixEpochNanos }}" | unwrap at';

// A success from an address, or of an account, that had many failures. By address first: a lock lets an attacker try one
// account only a few times, so the others are tried from there; by account, because attackers change their address.
function successAmidFailures(): string {
  const window = `[${successAfterFailures.minutes}m]`;
  const failures = `${signIns(failed)} ${WHO}`;
  const successes = `${signIns(succeeded)} ${WHO}`;
  const count = (by: string, from: string) => `sum by (${by}) (count_over_time(${from} ${window}))`;
  const first = (by: string, from: string) => `min by (${by}) (min_over_time(${from} ${WHEN} ${window}))`;
  const last = (by: string, from: string) => `max by (${by}) (max_over_time(${from} ${WHEN} ${window}))`;
  const { failures: atLeast } = successAfterFailures;

  const there = (from: string) => `${from} ${having(IP)}`;
  const later = `${last(`${WHO_LABEL}, ${IP}`, there(successes))} > on (${IP}) group_left () ${first(IP, there(failures))}`;
  // To the power of 0: which accounts, times the number of failures. What follows group_left must not be a bracket: Loki
  // loses the empty () when it writes a rule down, and then reads the bracket as a list of labels.
  const byAddress = `(((${later}) ^ 0) * on (${IP}) group_left () ${count(IP, there(failures))}) >= ${atLeast}`;
  const laterOfAccount = `${last(WHO_LABEL, successes)} > on (${WHO_LABEL}) ${first(WHO_LABEL, failures)}`;
  const byAccount = `(${count(WHO_LABEL, failures)} >= ${atLeast}) and on (${WHO_LABEL}) (${laterOfAccount})`;
  return `(${byAddress}) or on (${WHO_LABEL}) (${byAccount})`;
}

/** The alert rules that Auditrail ships. */
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
      'One address tries passwords far faster than a person mistypes them: guessing, or a broken client that repeats an old password.',
    runbook:
      'Look at which accounts were tried and whether one of them let the address in (the alert "Sign-in after many failures"). Block or slow the address at the proxy. If it is your own proxy or office, make the application record the real client address. A broken client: fix its password.',
    page: ({ urlLabel }) => ({ ...LAST_DAY, outcome: 'failure', ip: urlLabel(IP) }),
  },
  {
    id: 'auditrail-success-after-failures',
    title: 'Sign-in after many failures',
    technique: 'T1110',
    tactic: 'credential-access',
    severity: 'critical',
    panel: PANEL_IDS.failedSignInsByUser,
    query: successAmidFailures(),
    summary: ({ value, label, optional }) =>
      `${label(WHO_LABEL)} signed in${optional(IP, ' from ')} amid ${value} failed attempts within ${successAfterFailures.minutes} minutes`,
    meaning:
      'A password was guessed, or the owner came in while somebody else was guessing. With an address: the failures came from there, on whatever account; without: they were on this account, from anywhere.',
    runbook:
      'Compare address and user agent of the success with those of the failures and with earlier sign-ins of the account. Not the owner, or in doubt: end all its sessions, reset its password, look at everything it did since, and at the other accounts that were tried from the same address.',
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
    meaning: 'Somebody can now do what only a few may. It is rare, and an intruder does it to stay.',
    runbook:
      'Ask the person who granted it, on a way other than the account itself, or find the request it answers. Nobody knows of it: take the role back, end the sessions of both accounts, and look at what each did since.',
    page: () => ({ ...LAST_DAY, action: 'user.role.granted' }),
  },
];
