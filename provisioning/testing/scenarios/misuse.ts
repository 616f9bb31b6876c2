import type { AuditEntryInput } from '@auditrail/core';
import type { Settings } from '@auditrail/core/detections';
import type { Scenario } from './scenario.ts';
import { byJob, failing, one, spread, tooSlow } from './steps.ts';

const act = (action: string | undefined, email: string, id = ''): AuditEntryInput => ({
  action: action ?? '',
  channel: 'data',
  description: 'did something',
  actor: { type: 'user', email },
  ...(id && { target: { type: 'record', id } }),
});

const denied = (email: string, code = 'DENIED'): AuditEntryInput => ({
  ...failing(act('record.opened', email, '7')),
  error: { code, message: 'not permitted' },
});

const readOf = ({ personalDataChannels }: Settings, email: string, id: string): AuditEntryInput => ({
  ...act('customer.read', email, id),
  channel: personalDataChannels[0] ?? '',
});

const agent = (id: string): AuditEntryInput => ({
  ...act('record.opened', ''),
  actor: { type: 'agent', id, agent: { name: 'helper' } },
});

/** Scenarios of the rules about misuse, by the id of the rule. */
export const MISUSE_SCENARIOS: Record<string, Scenario> = {
  'auditrail-mass-deletion': {
    attacks: {
      'at the threshold': ({ cast, at }) => ({
        steps: spread(at('deletions'), 120, 0, (i) => act('record.deleted', cast.person(), cast.thing(i))),
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'one deletion fewer': ({ cast, at }) =>
        spread(at('deletions') - 1, 120, 0, (i) => act('record.deleted', cast.person(), cast.thing(i))),
      'one deletion failed': ({ cast, at }) =>
        spread(at('deletions'), 120, 0, (i) =>
          (i === 7 ? failing : (each: AuditEntryInput) => each)(act('record.deleted', cast.person(), cast.thing(i))),
        ),
      'the deletions take longer': ({ cast, at, minutes }) =>
        tooSlow(at('deletions'), minutes, (i) => act('record.deleted', cast.person(), cast.thing(i))),
      'a job deletes': ({ cast, at }) =>
        spread(at('deletions') * 4, 120, 0, (i) => byJob(act('record.deleted', '', cast.thing(i)), cast.thing())),
      'records are updated': ({ cast, at }) =>
        spread(at('deletions'), 120, 0, (i) => act('record.updated', cast.person(), cast.thing(i))),
    },
  },
  'auditrail-mass-export': {
    attacks: {
      'at the threshold': ({ cast, settings, at }) => ({
        steps: spread(at('exports'), 300, 0, () => act(settings.actions.exported.at(-1), cast.person())),
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'one export fewer': ({ cast, settings, at }) =>
        spread(at('exports') - 1, 300, 0, () => act(settings.actions.exported.at(-1), cast.person())),
      'the exports take longer': ({ cast, settings, at, minutes }) =>
        tooSlow(at('exports'), minutes, () => act(settings.actions.exported.at(-1), cast.person())),
      'a job exports': ({ cast, settings, at }) =>
        spread(at('exports') * 2, 300, 0, () => byJob(act(settings.actions.exported.at(-1), ''), cast.thing())),
    },
  },
  'auditrail-mass-reading': {
    attacks: {
      'at the threshold': ({ cast, settings, at }) => ({
        steps: spread(at('records'), 300, 0, (i) => readOf(settings, cast.person(), cast.thing(i))),
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'one person fewer': ({ cast, settings, at }) =>
        spread(at('records') - 1, 300, 0, (i) => readOf(settings, cast.person(), cast.thing(i))),
      'the same people again': ({ cast, settings, at }) =>
        spread(at('records') * 2, 300, 0, (i) => readOf(settings, cast.person(), cast.thing(i % (at('records') - 1)))),
      'other data': ({ cast, at }) =>
        spread(at('records'), 300, 0, (i) => act('record.read', cast.person(), cast.thing(i))),
      'a job reads': ({ cast, settings, at }) =>
        spread(at('records') * 2, 300, 0, (i) => byJob(readOf(settings, '', cast.thing(i)), cast.thing())),
      'the reads take longer': ({ cast, settings, at, minutes }) =>
        tooSlow(at('records'), minutes, (i) => readOf(settings, cast.person(), cast.thing(i))),
    },
  },
  'auditrail-denied-attempts': {
    attacks: {
      'at the threshold': ({ cast, at }) => ({
        steps: spread(at('denials'), 60, 0, () => denied(cast.person())),
        labels: { who: cast.person() },
      }),
    },
    nearMisses: {
      'one denial fewer': ({ cast, at }) => spread(at('denials') - 1, 60, 0, () => denied(cast.person())),
      'the denials take longer': ({ cast, at, minutes }) =>
        tooSlow(at('denials'), minutes, () => denied(cast.person())),
      'other failures': ({ cast, at }) => spread(at('denials'), 60, 0, () => denied(cast.person(), 'INVALID')),
      'two people': ({ cast, at }) => spread(at('denials'), 60, 0, (i) => denied(cast.person(i % 2))),
    },
  },
  'auditrail-agent-without-owner': {
    attacks: {
      'any action': ({ cast }) => ({
        steps: [one(agent(cast.thing()))],
        labels: { who: cast.thing(), who_field: 'actorId' },
      }),
    },
    nearMisses: {
      'for a person': ({ cast }) => [
        one({ ...agent(cast.thing()), onBehalfOf: [{ type: 'user', email: cast.person() }] }),
      ],
      'a service': ({ cast }) => [one(byJob(act('record.opened', ''), cast.thing()))],
    },
  },
};
