import { lockedOut, signIn } from './sign-in-entries.ts';
import type { Scenario } from './scenario.ts';
import { one, spread, tooSlow } from './steps.ts';

/** Scenarios of the rules about a sign-in after an attack, by the id of the rule. */
export const TAKEOVER_SCENARIOS: Record<string, Scenario> = {
  'auditrail-success-after-failures': {
    attacks: {
      'on one account, from several addresses': ({ cast, settings, at }) => ({
        steps: [
          ...spread(at('failures'), 120, 10, (i) => signIn(settings, cast.person(), cast.address(i))),
          one(signIn(settings, cast.person(), cast.address(200), 'success')),
        ],
        labels: { who: cast.person(), who_field: 'user' },
      }),
      'from one address, on several accounts': ({ cast, settings, at }) => ({
        steps: [
          ...spread(at('failures'), 120, 10, (i) => signIn(settings, cast.person(i), cast.address())),
          one(signIn(settings, cast.person(100), cast.address(), 'success')),
        ],
        labels: { who: cast.person(100), client_address: cast.address() },
      }),
      'in another spelling': ({ cast, settings, at }) => ({
        steps: [
          ...spread(at('failures'), 120, 10, (i) => signIn(settings, cast.person().toUpperCase(), cast.address(i))),
          one(signIn(settings, cast.person(), cast.address(200), 'success')),
        ],
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'one failure fewer': ({ cast, settings, at }) => [
        ...spread(at('failures') - 1, 120, 10, (i) => signIn(settings, cast.person(), cast.address(i))),
        one(signIn(settings, cast.person(), cast.address(200), 'success')),
      ],
      'the success comes first': ({ cast, settings, at }) => [
        one(signIn(settings, cast.person(), cast.address(200), 'success'), 130),
        ...spread(at('failures'), 120, 10, (i) => signIn(settings, cast.person(), cast.address(i))),
      ],
      'the success comes in the middle': ({ cast, settings, at }) => [
        ...spread(at('failures') / 2, 120, 70, (i) => signIn(settings, cast.person(), cast.address(i))),
        one(signIn(settings, cast.person(), cast.address(200), 'success'), 60),
        ...spread(at('failures') / 2, 50, 0, (i) => signIn(settings, cast.person(), cast.address(i))),
      ],
      'attempts while the account is locked': ({ cast, settings, at }) => [
        ...spread(2, 130, 125, () => signIn(settings, cast.person(), cast.address())),
        ...spread(at('failures') * 2, 120, 10, () => lockedOut(settings, cast.person(), cast.address())),
        one(signIn(settings, cast.person(), cast.address(), 'success')),
      ],
      'an address with more successes': ({ cast, settings, at }) => [
        ...spread(Math.floor(at('failures') / at('ratio')), 200, 130, (i) =>
          signIn(settings, cast.person(100 + i), cast.address(), 'success'),
        ),
        ...spread(at('failures'), 120, 10, (i) => signIn(settings, cast.person(i), cast.address())),
        one(signIn(settings, cast.person(200), cast.address(), 'success')),
      ],
      'the failures take longer': ({ cast, settings, at, minutes }) => [
        ...tooSlow(at('failures'), minutes, (i) => signIn(settings, cast.person(), cast.address(i))),
        one(signIn(settings, cast.person(), cast.address(200), 'success')),
      ],
    },
  },
  'auditrail-success-from-sprayer': {
    attacks: {
      'at the threshold': ({ cast, settings, at }) => ({
        steps: [
          ...spread(at('accounts'), 120, 10, (i) => signIn(settings, cast.person(i), cast.address())),
          one(signIn(settings, cast.person(100), cast.address(), 'success')),
        ],
        labels: { who: cast.person(100), client_address: cast.address() },
      }),
    },
    nearMisses: {
      'one account fewer': ({ cast, settings, at }) => [
        ...spread(at('accounts') * 2, 120, 10, (i) =>
          signIn(settings, cast.person(i % (at('accounts') - 1)), cast.address()),
        ),
        one(signIn(settings, cast.person(100), cast.address(), 'success')),
      ],
      'the success comes first': ({ cast, settings, at }) => [
        one(signIn(settings, cast.person(100), cast.address(), 'success'), 130),
        ...spread(at('accounts'), 120, 10, (i) => signIn(settings, cast.person(i), cast.address())),
      ],
      'the success comes from another address': ({ cast, settings, at }) => [
        ...spread(at('accounts'), 120, 10, (i) => signIn(settings, cast.person(i), cast.address())),
        one(signIn(settings, cast.person(100), cast.address(200), 'success')),
      ],
      'an office, in which half of the accounts sign in': ({ cast, settings, at }) => [
        ...spread(Math.ceil(at('accounts') / 2), 200, 130, (i) =>
          signIn(settings, cast.person(i), cast.address(), 'success'),
        ),
        ...spread(at('accounts'), 120, 10, (i) => signIn(settings, cast.person(i), cast.address())),
        one(signIn(settings, cast.person(1), cast.address(), 'success')),
      ],
      'the failures take longer': ({ cast, settings, at, minutes }) => [
        ...tooSlow(at('accounts'), minutes, (i) => signIn(settings, cast.person(i), cast.address())),
        one(signIn(settings, cast.person(100), cast.address(), 'success')),
      ],
    },
  },
};
