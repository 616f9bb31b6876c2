import type { Settings } from '@auditrail/core/detections';
import { lockedOut, signIn } from './sign-in-entries.ts';
import type { Scenario, ScenarioOptions } from './scenario.ts';
import { spread, tooSlow, type Step } from './steps.ts';

/** Scenarios of the rules about guessed passwords, by the id of the rule. */
export const SIGN_IN_SCENARIOS: Record<string, Scenario> = {
  'auditrail-brute-force-ip': {
    attacks: {
      'at the threshold': ({ cast, settings, at }) => ({
        steps: spread(at('failures'), 60, 0, (i) => signIn(settings, cast.person(i % 4), cast.address())),
        labels: { client_address: cast.address() },
      }),
      'with attempts at locked accounts': ({ cast, settings, at }) => ({
        steps: spread(at('withLocked'), 60, 0, (i) =>
          (i % 3 === 0 ? signIn : lockedOut)(settings, cast.person(i % 4), cast.address()),
        ),
        labels: { client_address: cast.address() },
      }),
    },
    nearMisses: {
      'one failure fewer': ({ cast, settings, at }) =>
        spread(at('failures') - 1, 60, 0, (i) => signIn(settings, cast.person(i % 4), cast.address())),
      'one attempt fewer, with locked accounts': ({ cast, settings, at }) =>
        spread(at('withLocked') - 1, 60, 0, (i) =>
          (i % 3 === 0 ? signIn : lockedOut)(settings, cast.person(i % 4), cast.address()),
        ),
      'the failures take longer': ({ cast, settings, at, minutes }) =>
        tooSlow(at('failures'), minutes, (i) => signIn(settings, cast.person(i % 4), cast.address())),
      'the failures come from two addresses': ({ cast, settings, at }) =>
        spread(at('failures'), 60, 0, (i) => signIn(settings, cast.person(i % 4), cast.address(i % 2))),
    },
  },
  'auditrail-brute-force-account': {
    attacks: {
      'from several addresses': ({ cast, settings, at }) => ({
        steps: spread(at('failures'), 120, 0, (i) => signIn(settings, cast.person(), cast.address(i % 3))),
        labels: { who: cast.person(), who_field: 'user' },
      }),
      'with two spellings': ({ cast, settings, at }) => ({
        steps: spread(at('failures'), 120, 0, (i) =>
          signIn(settings, i % 2 ? cast.person() : cast.person().toUpperCase(), cast.address(i % 3)),
        ),
        labels: { who: cast.person(), who_field: 'user' },
      }),
    },
    nearMisses: {
      'one failure fewer': ({ cast, settings, at }) =>
        spread(at('failures') - 1, 120, 0, (i) => signIn(settings, cast.person(), cast.address(i % 3))),
      'one failure fewer, then attempts while it is locked': ({ cast, settings, at }) => [
        ...spread(at('failures') - 1, 120, 60, (i) => signIn(settings, cast.person(), cast.address(i % 3))),
        ...spread(20, 50, 0, (i) => lockedOut(settings, cast.person(), cast.address(i % 3))),
      ],
      'the failures take longer': ({ cast, settings, at, minutes }) =>
        tooSlow(at('failures'), minutes, (i) => signIn(settings, cast.person(), cast.address(i % 3))),
      'the failures are on two accounts': ({ cast, settings, at }) =>
        spread(at('failures'), 120, 0, (i) => signIn(settings, cast.person(i % 2), cast.address(i % 3))),
    },
  },
  'auditrail-distributed-brute-force': {
    attacks: {
      'at the threshold': ({ cast, settings, at, minutes }) => ({
        steps: spread(at('failures'), minutes * 40, 0, (i) =>
          signIn(settings, cast.person(), cast.address(i % at('addresses'))),
        ),
        labels: { who: cast.person(), who_field: 'user' },
      }),
    },
    nearMisses: {
      'one failure fewer': ({ cast, settings, at, minutes }) =>
        spread(at('failures') - 1, minutes * 40, 0, (i) =>
          signIn(settings, cast.person(), cast.address(i % at('addresses'))),
        ),
      'one address fewer': ({ cast, settings, at, minutes }) =>
        spread(at('failures'), minutes * 40, 0, (i) =>
          signIn(settings, cast.person(), cast.address(i % (at('addresses') - 1))),
        ),
      'the failures take longer': ({ cast, settings, at, minutes }) =>
        tooSlow(at('failures'), minutes, (i) => signIn(settings, cast.person(), cast.address(i % at('addresses')))),
    },
  },
  'auditrail-password-spraying': {
    attacks: {
      'at the threshold': ({ cast, settings, at }) => ({
        steps: spread(at('failures'), 600, 0, (i) => signIn(settings, cast.person(i % at('accounts')), cast.address())),
        labels: { client_address: cast.address() },
      }),
    },
    nearMisses: {
      'one account fewer': ({ cast, settings, at }) =>
        spread(at('failures'), 600, 0, (i) => signIn(settings, cast.person(i % (at('accounts') - 1)), cast.address())),
      'one failure fewer': ({ cast, settings, at }) =>
        spread(at('failures') - 1, 600, 0, (i) => signIn(settings, cast.person(i % at('accounts')), cast.address())),
      'the failures take longer': ({ cast, settings, at, minutes }) =>
        tooSlow(at('failures'), minutes, (i) => signIn(settings, cast.person(i % at('accounts')), cast.address())),
      'an office, in which half of the accounts sign in': (options) => office(options.at('accounts'), options),
    },
  },
  'auditrail-credential-stuffing': {
    attacks: {
      'at the threshold': ({ cast, settings, at }) => ({
        steps: spread(at('failures'), 300, 0, (i) => signIn(settings, cast.person(i % at('accounts')), cast.address())),
        labels: { client_address: cast.address() },
      }),
    },
    nearMisses: {
      'one failure fewer': ({ cast, settings, at }) =>
        spread(at('failures') - 1, 300, 0, (i) => signIn(settings, cast.person(i % at('accounts')), cast.address())),
      'one account fewer': ({ cast, settings, at }) =>
        spread(at('failures'), 300, 0, (i) => signIn(settings, cast.person(i % (at('accounts') - 1)), cast.address())),
      'one attempt more for one account': ({ cast, settings, at }) => [
        ...spread(at('perAccount') + 1, 299, 280, () => signIn(settings, cast.person(), cast.address())),
        ...spread(at('failures'), 270, 0, (i) =>
          signIn(settings, cast.person(2 + (i % (at('accounts') - 1))), cast.address()),
        ),
      ],
      'the failures take longer': ({ cast, settings, at, minutes }) =>
        tooSlow(at('failures'), minutes, (i) => signIn(settings, cast.person(i % at('accounts')), cast.address())),
      'an office, in which half of the accounts sign in': (options) => office(options.at('accounts'), options),
    },
  },
  'auditrail-mfa-fatigue': {
    attacks: {
      'at the threshold': ({ cast, settings, at }) => ({
        steps: spread(at('requests'), 120, 0, () => ({
          ...signIn(settings, cast.person(), cast.address(), 'success'),
          action: settings.actions.secondFactorRequested[0] ?? '',
        })),
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'one request fewer': ({ cast, settings, at }) =>
        spread(at('requests') - 1, 120, 0, () => ({
          ...signIn(settings, cast.person(), cast.address(), 'success'),
          action: settings.actions.secondFactorRequested[0] ?? '',
        })),
      'the requests take longer': ({ cast, settings, at, minutes }) =>
        tooSlow(at('requests'), minutes, () => ({
          ...signIn(settings, cast.person(), cast.address(), 'success'),
          action: settings.actions.secondFactorRequested[0] ?? '',
        })),
    },
  },
  'auditrail-lockout-surge': {
    attacks: {
      'at the threshold': ({ cast, settings, at }) => ({
        steps: spread(at('accounts'), 120, 0, (i) => lock(settings, cast.thing(i))),
        labels: {},
      }),
    },
    nearMisses: {
      'one account fewer': ({ cast, settings, at }) =>
        spread(at('accounts') - 1, 120, 0, (i) => lock(settings, cast.thing(i))),
      'the same accounts again': ({ cast, settings, at }) =>
        spread(at('accounts') * 2, 120, 0, (i) => lock(settings, cast.thing(i % 3))),
      'the locks take longer': ({ cast, settings, at, minutes }) =>
        tooSlow(at('accounts'), minutes, (i) => lock(settings, cast.thing(i))),
    },
  },
};

// Half of the accounts sign in, all fail twice.
function office(accounts: number, { cast, settings }: ScenarioOptions): Step[] {
  return [
    ...spread(Math.ceil(accounts / 2), 290, 250, (i) => signIn(settings, cast.person(i), cast.address(), 'success')),
    ...spread(accounts * 2, 240, 0, (i) => signIn(settings, cast.person(i % accounts), cast.address())),
  ];
}

const lock = ({ actions }: Settings, id: string) => ({
  action: actions.locked[0] ?? '',
  channel: 'auth',
  description: 'the account was locked',
  actor: { type: 'system' as const, id: 'sign-in' },
  target: { type: 'user', id },
});
