import { formatTime, msToNs, type AuditEntryInput } from '@auditrail/core';
import type { Cast } from './cast.ts';
import type { Scenario } from './scenario.ts';
import { failing, one, type Step } from './steps.ts';

// The event happened so long before the keeper's entry about it.
const EVENT_SECONDS_AGO = 1_200;

/** An entry as the keeper writes it about an event of a person. */
const finding =
  (action: string, { person, address }: Cast, members: Partial<AuditEntryInput> = {}) =>
  (endMs: number): AuditEntryInput => ({
    action,
    channel: 'security',
    description: 'a finding of the keeper',
    actor: { type: 'system', name: 'auditrail' },
    target: { type: 'user', id: person(), name: person() },
    source: { ip: address() },
    ...members,
    scope: {
      happened_at: formatTime(msToNs(endMs - EVENT_SECONDS_AGO * 1000)),
      account_field: 'user',
      network: '198.18.0.0/16',
      ...members.scope,
    },
  });

const event = ({ person, address }: Cast): Step =>
  one(
    {
      action: 'user.login',
      channel: 'auth',
      description: 'signed in',
      actor: { type: 'user', email: person() },
      source: { ip: address() },
    },
    EVENT_SECONDS_AGO,
  );

/** The rule watches an entry of the keeper; the keeper's own tests prove when it writes one. */
const watched = (action: string): Scenario => ({
  attacks: {
    'a finding of the keeper': ({ cast }) => ({
      steps: [event(cast), one(finding(action, cast))],
      labels: { audit_target_name: cast.person(), client_address: cast.address(), audit_scope_account_field: 'user' },
      linkSecondsAgo: EVENT_SECONDS_AGO,
    }),
  },
  nearMisses: {
    'another finding': ({ cast }) => [event(cast), one(finding('security.other.found', cast))],
    'in another channel': ({ cast }) => [event(cast), one(finding(action, cast, { channel: 'work' }))],
  },
});

const LATE = 'security.detection.late';

/** Scenarios of the rules about what the keeper finds, by the id of the rule. */
export const ANALYSIS_SCENARIOS: Record<string, Scenario> = {
  'auditrail-network-new': watched('security.network.new'),
  'auditrail-hours-unusual': watched('security.hours.unusual'),
  'auditrail-account-dormant': watched('security.account.dormant'),
  'auditrail-travel-impossible': watched('security.travel.impossible'),
  'auditrail-session-networks': watched('security.session.networks'),
  'auditrail-token-network': watched('security.token.network'),
  'auditrail-agent-hours': watched('security.agent.hours'),
  'auditrail-chain-broken': {
    attacks: Object.fromEntries(
      ['security.chain.gap', 'security.chain.fork', 'security.entry.forged'].map((action) => [
        action,
        ({ cast }) => ({
          steps: [one(broken(action, cast))],
          labels: { audit_target_id: cast.thing() },
        }),
      ]),
    ),
    nearMisses: {
      'another finding': ({ cast }) => [one(broken('security.chain.checked', cast))],
      'in another channel': ({ cast }) => [one({ ...broken('security.chain.gap', cast), channel: 'work' })],
    },
  },
  'auditrail-detection-late': {
    attacks: {
      'a finding of the keeper': ({ cast }) => ({
        steps: [event(cast), one(late(LATE, cast))],
        labels: { audit_target_id: 'auditrail-brute-force-account', audit_scope_account: cast.person() },
        linkSecondsAgo: EVENT_SECONDS_AGO,
      }),
    },
    nearMisses: {
      'another finding': ({ cast }) => [event(cast), one(late('security.other.found', cast))],
      'in another channel': ({ cast }) => [
        event(cast),
        one((endMs) => ({ ...late(LATE, cast)(endMs), channel: 'work' })),
      ],
    },
  },
};

const broken = (action: string, { thing }: Cast): AuditEntryInput =>
  failing({
    action,
    channel: 'security',
    description: 'a finding of the keeper',
    actor: { type: 'system', name: 'auditrail' },
    target: { type: 'chain', id: thing() },
  });

const late = (action: string, cast: Cast) =>
  finding(action, cast, {
    target: { type: 'audit_detection', id: 'auditrail-brute-force-account', name: 'Brute force on one account' },
    scope: { account: cast.person() },
  });
