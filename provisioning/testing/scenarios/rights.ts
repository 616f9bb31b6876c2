import type { AuditEntryInput } from '@auditrail/core';
import type { Settings } from '@auditrail/core/detections';
import type { Scenario } from './scenario.ts';
import { failing, one, spread, tooSlow } from './steps.ts';

const PLAIN_ROLE = 'reader';

const grant = (
  { actions, privilegedRoles }: Settings,
  by: string,
  to: string,
  role = privilegedRoles[0] ?? '',
): AuditEntryInput => ({
  action: actions.roleGranted[0] ?? '',
  channel: 'security',
  description: 'granted a role',
  actor: { type: 'user', email: by },
  target: { type: 'user', id: to, name: `Name of ${to}` },
  scope: { role },
});

const account = (action: string | undefined, by: string, id: string): AuditEntryInput => ({
  action: action ?? '',
  channel: 'security',
  description: 'created or deleted an account',
  actor: { type: 'user', email: by },
  target: { type: 'user', id },
});

const asOther = (action: string, by: string, other: string, id: string): AuditEntryInput => ({
  ...account(action, by, id),
  channel: 'orders',
  onBehalfOf: [{ type: 'user', email: other }],
});

/** Scenarios of the rules about rights and accounts, by the id of the rule. */
export const RIGHTS_SCENARIOS: Record<string, Scenario> = {
  'auditrail-privileged-role-granted': {
    attacks: {
      'any grant': ({ cast, settings }) => ({
        steps: [one(grant(settings, cast.person(), cast.thing()))],
        labels: {
          ...{ who: cast.person(), audit_target_id: cast.thing(), audit_target_name: `Name of ${cast.thing()}` },
          audit_scope_role: settings.privilegedRoles[0] ?? '',
        },
      }),
    },
    nearMisses: {
      'another role': ({ cast, settings }) => [one(grant(settings, cast.person(), cast.thing(), PLAIN_ROLE))],
      'a grant that failed': ({ cast, settings }) => [one(failing(grant(settings, cast.person(), cast.thing())))],
    },
  },
  'auditrail-privileged-roles-in-bulk': {
    attacks: {
      'at the threshold': ({ cast, settings, at }) => ({
        steps: spread(at('targets'), 300, 0, (i) => grant(settings, cast.person(), cast.thing(i))),
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'one account fewer': ({ cast, settings, at }) =>
        spread(at('targets') - 1, 300, 0, (i) => grant(settings, cast.person(), cast.thing(i))),
      'one account fewer, some twice': ({ cast, settings, at }) =>
        spread(at('targets') * 2, 300, 0, (i) => grant(settings, cast.person(), cast.thing(i % (at('targets') - 1)))),
      'by two people': ({ cast, settings, at }) =>
        spread(at('targets'), 300, 0, (i) => grant(settings, cast.person(i % 2), cast.thing(i))),
      'the grants take longer': ({ cast, settings, at, minutes }) =>
        tooSlow(at('targets'), minutes, (i) => grant(settings, cast.person(), cast.thing(i))),
    },
  },
  'auditrail-role-self-granted': {
    attacks: {
      'by e-mail address': ({ cast, settings }) => ({
        steps: [one(grant(settings, cast.person(), cast.person().toUpperCase()))],
        labels: { who: cast.person() },
      }),
      'by id': ({ cast, settings }) => ({
        steps: [one({ ...grant(settings, cast.person(), cast.thing()), actor: { type: 'user', id: cast.thing() } })],
        labels: { who: cast.thing(), who_field: 'actorId' },
      }),
    },
    nearMisses: {
      'to somebody else': ({ cast, settings }) => [one(grant(settings, cast.person(), cast.person(2)))],
      'another role': ({ cast, settings }) => [one(grant(settings, cast.person(), cast.person(), PLAIN_ROLE))],
      'a grant that failed': ({ cast, settings }) => [one(failing(grant(settings, cast.person(), cast.person())))],
    },
  },
  'auditrail-account-created-and-deleted': {
    attacks: {
      'in this order': ({ cast, settings: { actions } }) => ({
        steps: [
          one(account(actions.accountCreated[0], cast.person(), cast.thing()), 600),
          one(account(actions.accountDeleted[0], cast.person(2), cast.thing())),
        ],
        labels: { audit_target_id: cast.thing() },
      }),
    },
    nearMisses: {
      'the deletion comes first': ({ cast, settings: { actions } }) => [
        one(account(actions.accountDeleted[0], cast.person(), cast.thing()), 600),
        one(account(actions.accountCreated[0], cast.person(), cast.thing())),
      ],
      'another account is deleted': ({ cast, settings: { actions } }) => [
        one(account(actions.accountCreated[0], cast.person(), cast.thing()), 600),
        one(account(actions.accountDeleted[0], cast.person(), cast.thing(2))),
      ],
      'the deletion failed': ({ cast, settings: { actions } }) => [
        one(account(actions.accountCreated[0], cast.person(), cast.thing()), 600),
        one(failing(account(actions.accountDeleted[0], cast.person(), cast.thing()))),
      ],
      'the account is older': ({ cast, settings: { actions }, minutes }) => [
        one(account(actions.accountCreated[0], cast.person(), cast.thing()), minutes * 60 + 60),
        one(account(actions.accountDeleted[0], cast.person(), cast.thing())),
      ],
    },
  },
  'auditrail-impersonation-started': {
    attacks: {
      'any start': ({ cast, settings: { actions } }) => ({
        steps: [one(account(actions.impersonationStarted[0], cast.person(), cast.thing()))],
        labels: { who: cast.person(), audit_target_id: cast.thing() },
      }),
    },
    nearMisses: {
      'a start that failed': ({ cast, settings: { actions } }) => [
        one(failing(account(actions.impersonationStarted[0], cast.person(), cast.thing()))),
      ],
    },
  },
  'auditrail-impersonation-changes': {
    attacks: {
      'at the threshold': ({ cast, at }) => ({
        steps: spread(at('changes'), 60, 0, (i) =>
          asOther('order.updated', cast.person(), cast.person(2), cast.thing(i)),
        ),
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'only reads': ({ cast, settings, at }) =>
        spread(at('changes') + 2, 60, 0, (i) =>
          asOther(`order.${settings.readEvents[i]}`, cast.person(), cast.person(2), cast.thing(i)),
        ),
      'a change that failed': ({ cast }) => [
        one(failing(asOther('order.updated', cast.person(), cast.person(2), cast.thing()))),
      ],
      'an agent for its owner': ({ cast }) => [
        one({
          ...asOther('order.updated', '', cast.person(2), cast.thing()),
          actor: { type: 'agent', id: cast.thing(), agent: { name: 'helper' } },
        }),
      ],
    },
  },
};
