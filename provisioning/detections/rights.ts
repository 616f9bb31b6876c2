import { ATTRIBUTES, lokiName } from '@auditrail/core';
import { fieldStorage } from '@auditrail/core/query';
import { PANEL_IDS } from '../panels.ts';
import { WHO_LABEL } from '../queries.ts';
import { detection, type Detection } from './detection.ts';
import { ACTOR_LABELS, count, distinct, entries, firstTime, is, lastTime, succeeded } from './logql.ts';
import type { Settings } from './settings.ts';

const ROLE = fieldStorage('scope.role').key;
const TARGET = fieldStorage('targetId').key;
const TARGET_NAME = fieldStorage('targetName').key;
const GRANT_NEEDS = 'Each grant with the role in `scope.role` and the account as the target.';

const grants = ({ actions, privilegedRoles }: Settings) =>
  entries(is('action', actions.roleGranted), succeeded, is('scope.role', privilegedRoles));
const roles = ({ privilegedRoles }: Settings) => privilegedRoles.map((role) => `\`${role}\``).join(', ');

const ID = `.${lokiName(ATTRIBUTES.actorId)}`;
const EMAIL = `.${lokiName(ATTRIBUTES.actorEmail)}`;
const SELF =
  `| label_format self="{{ if or (and ${ID} (eq ${ID} .${TARGET})) (and ${EMAIL} (or (eq (lower ${EMAIL}) (lower .${TARGET}))` +
  ` (eq (lower ${EMAIL}) (lower .${TARGET_NAME})))) }}yes{{ end }}" | self="yes"`;

export const RIGHTS_RULES: readonly Detection[] = [
  detection({
    id: 'auditrail-privileged-role-granted',
    title: 'Privileged role granted',
    technique: 'T1098.003',
    tactic: 'persistence',
    severity: 'high',
    panel: PANEL_IDS.topActions,
    thresholds: { minutes: 60 },
    meaning: 'This account now has high privileges. This is rare, and intruders do it to keep their access.',
    runbook:
      'Ask the person who granted the role, by other means than the account, or find the request for it. If nobody knows about it: revoke the role, end the sessions of both accounts, and check their later actions.',
    falsePositives: 'A planned change of roles.',
    needs: GRANT_NEEDS,
    build: (settings, { minutes }) => ({
      condition: `any grant of ${roles(settings)}; fires for ${minutes} minutes`,
      query: `${count(`${ACTOR_LABELS}, ${TARGET}, ${TARGET_NAME}, ${ROLE}`, grants(settings), minutes)} >= 1`,
      entries: grants(settings),
      summary: ({ label }) =>
        `${label(WHO_LABEL)} granted the role ${label(ROLE)} to ${label(TARGET_NAME)} (${label(TARGET)})`,
      page: () => ({ action: settings.actions.roleGranted }),
      actor: true,
    }),
  }),
  detection<'targets'>({
    id: 'auditrail-privileged-roles-in-bulk',
    title: 'Privileged roles granted in bulk',
    technique: 'T1098.003',
    tactic: 'persistence',
    severity: 'critical',
    panel: PANEL_IDS.topActions,
    thresholds: { targets: 10, minutes: 60 },
    meaning: 'One person gave high privileges to many accounts in a short time.',
    runbook:
      'Ask the person by other means than the account. If they do not know about it: revoke all these roles, and end the sessions.',
    falsePositives: 'A new team, a migration of roles.',
    needs: GRANT_NEEDS,
    build: (settings, { targets, minutes }) => ({
      condition: `privileged roles granted to ${targets} accounts in ${minutes} minutes by one person`,
      query: `${distinct(TARGET, ACTOR_LABELS, grants(settings), minutes)} >= ${targets}`,
      entries: grants(settings),
      summary: ({ value, label }) =>
        `${label(WHO_LABEL)} granted privileged roles to ${value} accounts within ${minutes} minutes`,
      page: () => ({ action: settings.actions.roleGranted }),
      actor: true,
    }),
  }),
  detection({
    id: 'auditrail-role-self-granted',
    title: 'Privileged role self-granted',
    technique: 'T1098.003',
    tactic: 'privilege-escalation',
    severity: 'critical',
    panel: PANEL_IDS.topActions,
    thresholds: { minutes: 60 },
    meaning: 'A person gave a privileged role to their own account.',
    runbook:
      'Ask the person and their manager. If the grant was not approved: revoke the role, and check how the person could grant it.',
    falsePositives: 'An emergency account, if your rules permit it.',
    needs: `${GRANT_NEEDS} \`target.id\` equals \`actor.id\`, or \`target.id\` or \`target.name\` is the actor's e-mail address.`,
    build: (settings, { minutes }) => ({
      condition: `any grant of ${roles(settings)} by a person to themselves; fires for ${minutes} minutes`,
      query: `${count(`${ACTOR_LABELS}, ${ROLE}`, `${grants(settings)} ${SELF}`, minutes)} >= 1`,
      entries: `${grants(settings)} ${SELF}`,
      summary: ({ label }) => `${label(WHO_LABEL)} granted themselves the role ${label(ROLE)}`,
      page: () => ({ action: settings.actions.roleGranted }),
      actor: true,
    }),
  }),
  detection({
    id: 'auditrail-account-created-and-deleted',
    title: 'Account created and soon deleted',
    technique: 'T1136',
    tactic: 'persistence',
    severity: 'medium',
    panel: PANEL_IDS.topActions,
    thresholds: { minutes: 1440 },
    meaning:
      'An account existed for a short time only. Intruders create accounts for one purpose and remove the trace.',
    runbook: 'Check what the account did, and who created and deleted it.',
    falsePositives: 'An account created by mistake; automated tests.',
    needs: 'Creation and deletion of accounts, with the same `target.id`.',
    build: ({ actions }, { minutes }) => {
      const created = entries(is('action', actions.accountCreated), succeeded);
      const deleted = entries(is('action', actions.accountDeleted), succeeded);
      const having = (query: string) => `${query} | ${TARGET}!=""`;
      const times = `${lastTime(TARGET, having(deleted), minutes)} > on (${TARGET}) ${firstTime(TARGET, having(created), minutes)}`;
      return {
        condition: `an account created and then deleted in ${minutes} minutes`,
        query: `(${times}) ^ 0`,
        entries: deleted,
        summary: ({ label }) => `The account ${label(TARGET)} was deleted within ${minutes} minutes of its creation`,
        page: ({ urlLabel }) => ({ targetId: urlLabel(TARGET) }),
      };
    },
  }),
  detection({
    id: 'auditrail-impersonation-started',
    title: 'Impersonation started',
    technique: 'T1078',
    tactic: 'defense-evasion',
    severity: 'medium',
    panel: PANEL_IDS.topActions,
    thresholds: { minutes: 60 },
    meaning: 'An administrator acts as another user.',
    runbook: 'Find the request of the user. Open the entries of the administrator, and check what was changed.',
    falsePositives: 'Support that helps a user at their request.',
    needs: 'The start of each impersonation, with the administrator as the actor and the user as the target.',
    build: ({ actions }, { minutes }) => {
      const starts = entries(is('action', actions.impersonationStarted), succeeded);
      return {
        condition: `any start of an impersonation; fires for ${minutes} minutes`,
        query: `${count(`${ACTOR_LABELS}, ${TARGET}, ${TARGET_NAME}`, starts, minutes)} >= 1`,
        entries: starts,
        summary: ({ label, optional }) =>
          `${label(WHO_LABEL)} impersonates user ${label(TARGET)}${optional(TARGET_NAME, ', ')}`,
        page: () => ({}),
        actor: true,
      };
    },
  }),
];
