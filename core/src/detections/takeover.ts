import { detection, type Detection } from './detection.ts';
import { guesses, is, signInsOf, succeeded, withAddress } from './selections.ts';

export const TAKEOVER_RULES: readonly Detection[] = [
  detection<'failures' | 'ratio'>({
    id: 'auditrail-success-after-failures',
    title: 'Sign-in after many failures',
    technique: 'T1110',
    tactic: 'credential-access',
    severity: 'critical',
    thresholds: { failures: 10, ratio: 3, minutes: 20 },
    meaning:
      'An attacker may have guessed the password, or the owner signed in during an attack. If the alert has an address, the failures came from this address, on any account. Otherwise they were on this account, from any address.',
    runbook:
      'Compare address and user agent of the sign-in with those of the failures and of earlier sign-ins of the account. If it may not be the owner: end all sessions of the account, reset its password, and check its later actions and the other accounts that were tried from the same address.',
    falsePositives:
      'The owner signs in while somebody else guesses the password. Attempts at a locked account, and failures after the sign-in, are not counted.',
    others:
      "Sentinel: 10 failures, then a success, in 20 minutes. Elastic (SSH): 25 failures. Ours is Sentinel's, but attempts at locked accounts do not count, and an address also needs 3 failures for each success.",
    needs:
      'Sign-ins with outcome, account and address; a failure names the account in the same field as a success. `error.code` states that an account is locked.',
    build: (settings, { failures, ratio, minutes }) => ({
      condition: `${failures} failures and a success in ${minutes} minutes from one address or on one account, the success after them; for an address, ${ratio} failures for each success`,
      pattern: {
        kind: 'sequence',
        first: guesses(settings),
        last: signInsOf(settings, succeeded),
        minutes,
        ways: [
          { by: ['actor', 'ip'], same: ['ip'], atLeast: failures, perLast: ratio },
          { by: ['actor'], same: ['actor'], atLeast: failures },
        ],
      },
      summary: ({ value, key, optional }) =>
        `${key('actor')} signed in${optional('ip', ' from ')} after ${value} failed attempts within ${minutes} minutes`,
      link: { filters: [is('action', settings.actions.signIn)], keys: ['ip', 'actor'], firstOnly: true },
    }),
  }),
  detection<'accounts'>({
    id: 'auditrail-success-from-sprayer',
    title: 'Sign-in from an address that sprayed',
    technique: 'T1110.003',
    tactic: 'initial-access',
    severity: 'critical',
    thresholds: { accounts: 10, minutes: 60 },
    meaning: 'An address failed on many accounts and then signed in to this one: its password was guessed.',
    runbook:
      'End all sessions of the account, reset its password, and check its later actions. Block the address, and check the other accounts that were tried.',
    falsePositives:
      'An office whose sign-in service failed. The rule ignores an address with more than half as many accounts with a success as with a failure.',
    needs: 'Sign-ins with outcome, account and address.',
    build: (settings, { accounts, minutes }) => {
      return {
        condition: `failures on ${accounts} accounts in ${minutes} minutes from one address, and a success from it after half of them`,
        pattern: {
          kind: 'sequence',
          first: withAddress(guesses(settings)),
          last: withAddress(signInsOf(settings, succeeded)),
          minutes,
          ways: [{ by: ['actor', 'ip'], same: ['ip'], atLeast: accounts, of: 'actor', share: 0.5, moreThan: 2 }],
        },
        summary: ({ value, key }) =>
          `${key('actor')} signed in from ${key('ip')}, which failed on ${value} accounts within ${minutes} minutes`,
        link: { filters: [is('action', settings.actions.signIn)], keys: ['ip'] },
      };
    },
  }),
];
