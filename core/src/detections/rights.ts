import { detection, type Detection } from './detection.ts';
import { entries, is, succeeded } from './selections.ts';
import type { Settings } from './settings.ts';

const GRANT_NEEDS = 'Each grant with the role in `scope.role` and the account as the target.';

/** A role as applications write it: as given, in lower case, in capitals, and with a capital first letter. */
const spellings = (role: string): string[] => {
  const lower = role.toLowerCase();
  return [role, lower, role.toUpperCase(), `${lower.charAt(0).toUpperCase()}${lower.slice(1)}`];
};

// LogQL and the filters compare roles exactly.
const grants = ({ actions, privilegedRoles }: Settings) =>
  entries(
    is('action', actions.roleGranted),
    succeeded,
    is('scope.role', [...new Set(privilegedRoles.flatMap(spellings))]),
  );
const roles = ({ privilegedRoles }: Settings) => privilegedRoles.map((role) => `\`${role}\``).join(', ');

export const RIGHTS_RULES: readonly Detection[] = [
  detection({
    id: 'auditrail-privileged-role-granted',
    title: 'Privileged role granted',
    technique: 'T1098.003',
    tactic: 'persistence',
    severity: 'high',
    thresholds: { minutes: 60 },
    meaning: 'This account now has high privileges. This is rare, and intruders do it to keep their access.',
    runbook:
      'Ask the person who granted the role, by other means than the account, or find the request for it. If nobody knows about it: revoke the role, end the sessions of both accounts, and check their later actions.',
    falsePositives: 'A planned change of roles.',
    others: 'Elastic, Sentinel and Panther: any.',
    needs: GRANT_NEEDS,
    build: (settings, { minutes }) => ({
      condition: `any grant of ${roles(settings)}; fires for ${minutes} minutes`,
      pattern: {
        kind: 'count',
        select: grants(settings),
        by: ['actor', 'targetId', 'targetName', 'scope.role'],
        minutes,
        atLeast: 1,
      },
      summary: ({ key }) =>
        `${key('actor')} granted the role ${key('scope.role')} to ${key('targetName')} (${key('targetId')})`,
      link: { filters: [is('action', settings.actions.roleGranted)], keys: ['actor'] },
    }),
  }),
  detection<'targets'>({
    id: 'auditrail-privileged-roles-in-bulk',
    title: 'Privileged roles granted in bulk',
    technique: 'T1098.003',
    tactic: 'persistence',
    severity: 'critical',
    thresholds: { targets: 10, minutes: 60 },
    meaning: 'One person gave high privileges to many accounts in a short time.',
    runbook:
      'Ask the person by other means than the account. If they do not know about it: revoke all these roles, and end the sessions.',
    falsePositives: 'A new team, a migration of roles.',
    others: 'Sentinel: more than 9 accounts in an hour, which is the same.',
    needs: GRANT_NEEDS,
    build: (settings, { targets, minutes }) => ({
      condition: `privileged roles granted to ${targets} accounts in ${minutes} minutes by one person`,
      pattern: {
        kind: 'distinct',
        select: grants(settings),
        by: ['actor'],
        minutes,
        of: 'targetId',
        atLeast: targets,
      },
      summary: ({ value, key }) =>
        `${key('actor')} granted privileged roles to ${value} accounts within ${minutes} minutes`,
      link: { filters: [is('action', settings.actions.roleGranted)], keys: ['actor'] },
    }),
  }),
  detection({
    id: 'auditrail-role-self-granted',
    title: 'Privileged role self-granted',
    technique: 'T1098.003',
    tactic: 'privilege-escalation',
    severity: 'critical',
    thresholds: { minutes: 60 },
    meaning: 'A person gave a privileged role to their own account.',
    runbook:
      'Ask the person and their manager. If the grant was not approved: revoke the role, and check how the person could grant it.',
    falsePositives: 'An emergency account, if your rules permit it.',
    needs: `${GRANT_NEEDS} \`target.id\` equals \`actor.id\`, or \`target.id\` or \`target.name\` is the actor's e-mail address.`,
    build: (settings, { minutes }) => ({
      condition: `any grant of ${roles(settings)} by a person to themselves; fires for ${minutes} minutes`,
      pattern: {
        kind: 'count',
        select: { ...grants(settings), self: true },
        by: ['actor', 'scope.role'],
        minutes,
        atLeast: 1,
      },
      summary: ({ key }) => `${key('actor')} granted themselves the role ${key('scope.role')}`,
      link: { filters: [is('action', settings.actions.roleGranted)], keys: ['actor'] },
    }),
  }),
  detection<'alertMinutes'>({
    id: 'auditrail-account-created-and-deleted',
    title: 'Account created and soon deleted',
    technique: 'T1136',
    tactic: 'persistence',
    severity: 'medium',
    thresholds: { minutes: 1440, alertMinutes: 60 },
    meaning:
      'An account existed for a short time only. Intruders create accounts for one purpose and remove the trace.',
    runbook: 'Check what the account did, and who created and deleted it.',
    falsePositives: 'An account created by mistake; automated tests.',
    needs: 'Creation and deletion of accounts, with the same `target.id`.',
    build: ({ actions }, { minutes, alertMinutes }) => {
      return {
        condition: `an account created and then deleted in ${minutes} minutes; fires for ${alertMinutes} minutes`,
        pattern: {
          kind: 'sequence',
          first: entries(is('action', actions.accountCreated), succeeded),
          last: entries(is('action', actions.accountDeleted), succeeded),
          minutes,
          lastMinutes: alertMinutes,
          ways: [{ by: ['targetId'], same: ['targetId'], atLeast: 1 }],
        },
        summary: ({ key }) => `The account ${key('targetId')} was deleted within ${minutes} minutes of its creation`,
        link: { filters: [], keys: ['targetId'] },
      };
    },
  }),
  detection({
    id: 'auditrail-impersonation-started',
    title: 'Impersonation started',
    technique: 'T1078',
    tactic: 'defense-evasion',
    severity: 'medium',
    thresholds: { minutes: 60 },
    meaning: 'An administrator acts as another user.',
    runbook: 'Find the request of the user. Open the entries of the administrator, and check what was changed.',
    falsePositives: 'Support that helps a user at their request.',
    needs: 'The start of each impersonation, with the administrator as the actor and the user as the target.',
    build: ({ actions }, { minutes }) => {
      const starts = entries(is('action', actions.impersonationStarted), succeeded);
      return {
        condition: `any start of an impersonation; fires for ${minutes} minutes`,
        pattern: { kind: 'count', select: starts, by: ['actor', 'targetId', 'targetName'], minutes, atLeast: 1 },
        summary: ({ key, optional }) =>
          `${key('actor')} impersonates user ${key('targetId')}${optional('targetName', ', ')}`,
        link: { filters: [], keys: ['actor'] },
      };
    },
  }),
  detection<'changes'>({
    id: 'auditrail-impersonation-changes',
    title: 'Changes while impersonating',
    technique: 'T1078',
    tactic: 'defense-evasion',
    severity: 'medium',
    thresholds: { changes: 1, minutes: 60 },
    meaning: 'A person changed something while acting as another user.',
    runbook: 'Open the entries, and compare them with the request of the user. Undo what nobody requested.',
    falsePositives: 'Support that helps a user at their request.',
    needs:
      'Actions with the administrator as the actor and the user in `onBehalfOf`, as `@auditrail/sdk/better-auth` does.',
    build: ({ readEvents }, { changes, minutes }) => ({
      condition: `${changes} or more actions that change something, by a person for another one; fires for ${minutes} minutes`,
      pattern: {
        kind: 'count',
        select: {
          ...entries(is('actorType', ['user']), succeeded, {
            field: 'event',
            operator: 'is not any of',
            values: readEvents,
          }),
          present: ['onBehalfOf'],
        },
        by: ['actor'],
        minutes,
        atLeast: changes,
      },
      summary: ({ value, key }) =>
        `${key('actor')} made ${value} changes while acting as another user within ${minutes} minutes`,
      link: { filters: [], keys: ['actor'] },
    }),
  }),
];
