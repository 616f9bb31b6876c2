import type { AuditEntryInput } from '@auditrail/core';
import type { Scenario } from './scenario.ts';
import { failing, one, spread, tooSlow, type Step } from './steps.ts';

const own = (action: string | undefined, email: string): AuditEntryInput => ({
  action: action ?? '',
  channel: 'audit',
  description: 'used the audit log',
  actor: { type: 'user', email },
});

const REVEALED = 'audit.personal_data.revealed';

/** Entries of an application. */
const emitted = (service: string, steps: Step[]): Step[] => steps.map((step) => ({ ...step, service }));
const tick: AuditEntryInput = {
  action: 'order.created',
  channel: 'orders',
  description: 'placed an order',
  actor: { type: 'service', id: 'shop' },
};

/** Scenarios of the rules about the audit log itself, by the id of the rule. */
export const TRAIL_SCENARIOS: Record<string, Scenario> = {
  'auditrail-settings-changed': {
    attacks: {
      'any change': ({ cast, settings: { actions } }) => ({
        steps: [one(own(actions.auditSettingsChanged[0], cast.person()))],
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'a change that failed': ({ cast, settings: { actions } }) => [
        one(failing(own(actions.auditSettingsChanged[0], cast.person()))),
      ],
      'other settings': ({ cast }) => [one(own('shop.settings.updated', cast.person()))],
    },
  },
  'auditrail-many-reveals': {
    attacks: {
      'at the threshold': ({ cast, at }) => ({
        steps: spread(at('reveals'), 3_600, 0, () => own(REVEALED, cast.person())),
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'one reveal fewer': ({ cast, at }) => spread(at('reveals') - 1, 3_600, 0, () => own(REVEALED, cast.person())),
      'by two people': ({ cast, at }) => spread(at('reveals'), 3_600, 0, (i) => own(REVEALED, cast.person(i % 2))),
      'the reveals take longer': ({ cast, at, minutes }) =>
        tooSlow(at('reveals'), minutes, () => own(REVEALED, cast.person())),
    },
  },
  'auditrail-emitter-silent': {
    attacks: {
      'at the threshold': ({ cast, at, minutes }) => ({
        steps: [
          ...emitted(cast.thing(), weekAgo(at('entries'), at('hoursAgo'), minutes)),
          // The link also shows the last day.
          ...emitted(cast.thing(), [one(tick, 7_200)]),
          one(tick),
        ],
        labels: { service_name: cast.thing() },
        linkSecondsAgo: 7_200,
      }),
    },
    nearMisses: {
      'one entry fewer': ({ cast, at, minutes }) => [
        ...emitted(cast.thing(), weekAgo(at('entries') - 1, at('hoursAgo'), minutes)),
        one(tick),
      ],
      'it still records': ({ cast, at, minutes }) => [
        ...emitted(cast.thing(), weekAgo(at('entries'), at('hoursAgo'), minutes)),
        ...emitted(cast.thing(), [one(tick, 900)]),
        one(tick),
      ],
      'it recorded at another time': ({ cast, at, minutes }) => [
        ...emitted(cast.thing(), weekAgo(at('entries'), at('hoursAgo') - 3, minutes)),
        one(tick),
      ],
    },
  },
};

// In the middle of the window, which moves on while the scenario is evaluated.
function weekAgo(entries: number, hoursAgo: number, minutes: number): Step[] {
  const end = hoursAgo * 3_600;
  return spread(entries, end + minutes * 40, end + minutes * 10, () => tick);
}
