import type { AuditEntryInput } from '@auditrail/core';
import type { Scenario } from './scenario.ts';
import { failing, one, spread, tooSlow } from './steps.ts';

const own = (action: string | undefined, email: string): AuditEntryInput => ({
  action: action ?? '',
  channel: 'auth',
  description: 'changed how to sign in',
  actor: { type: 'user', email },
});

/** Scenarios of the rules about second factors, by the id of the rule. */
export const SECOND_FACTOR_SCENARIOS: Record<string, Scenario> = {
  'auditrail-mfa-denied': {
    attacks: {
      'at the threshold': ({ cast, settings: { actions }, at }) => ({
        steps: spread(at('denials'), 120, 0, () => own(actions.secondFactorDenied[0], cast.person())),
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'one denial fewer': ({ cast, settings: { actions }, at }) =>
        spread(at('denials') - 1, 120, 0, () => own(actions.secondFactorDenied[0], cast.person())),
      'by several people': ({ cast, settings: { actions }, at }) =>
        spread(at('denials'), 120, 0, (i) => own(actions.secondFactorDenied[0], cast.person(i % 2))),
      'the denials take longer': ({ cast, settings: { actions }, at, minutes }) =>
        tooSlow(at('denials'), minutes, () => own(actions.secondFactorDenied[0], cast.person())),
    },
  },
  'auditrail-mfa-removed': {
    attacks: {
      'any removal': ({ cast, settings: { actions } }) => ({
        steps: [one(own(actions.secondFactorRemoved[0], cast.person()))],
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'another one was added before': ({ cast, settings: { actions } }) => [
        one(own(actions.secondFactorAdded[0], cast.person()), 60),
        one(own(actions.secondFactorRemoved[0], cast.person())),
      ],
      'a removal that failed': ({ cast, settings: { actions } }) => [
        one(failing(own(actions.secondFactorRemoved[0], cast.person()))),
      ],
    },
  },
  'auditrail-mfa-added-after-reset': {
    attacks: {
      'in this order': ({ cast, settings: { actions } }) => ({
        steps: [
          one(own(actions.passwordReset[0], cast.person()), 600),
          one(own(actions.secondFactorAdded[0], cast.person())),
        ],
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'the factor comes first': ({ cast, settings: { actions } }) => [
        one(own(actions.secondFactorAdded[0], cast.person()), 600),
        one(own(actions.passwordReset[0], cast.person())),
      ],
      'by another person': ({ cast, settings: { actions } }) => [
        one(own(actions.passwordReset[0], cast.person()), 600),
        one(own(actions.secondFactorAdded[0], cast.person(2))),
      ],
      'long after the reset': ({ cast, settings: { actions }, minutes }) => [
        one(own(actions.passwordReset[0], cast.person()), minutes * 60 + 60),
        one(own(actions.secondFactorAdded[0], cast.person())),
      ],
    },
  },
};
