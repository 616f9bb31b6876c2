import { detection, type Detection } from './detection.ts';
import type { Exception } from './pattern.ts';
import { entries, failed, guesses, is, signInsOf, succeeded, withAddress } from './selections.ts';
import type { Settings } from './settings.ts';

const SIGN_IN_NEEDS =
  "Sign-ins with outcome, account (`actor.email`, else `actor.id`, else `actor.name`) and the client's address (`source.ip`).";
const NOT_A_PROXY = 'If it is the address of your own proxy, record the real client address in the application.';

// An office behind one address has failures too, but most of its accounts succeed.
const mostlySucceeding = (settings: Settings): Exception => ({
  successes: withAddress(signInsOf(settings, succeeded)),
  of: 'actor',
  moreThan: 2,
});

export const SIGN_IN_RULES: readonly Detection[] = [
  detection<'failures' | 'withLocked'>({
    id: 'auditrail-brute-force-ip',
    title: 'Brute force from one address',
    technique: 'T1110.001',
    tactic: 'credential-access',
    severity: 'high',
    thresholds: { failures: 20, withLocked: 30, minutes: 5 },
    meaning:
      'This address guesses passwords, or is a misconfigured client that repeats an old password. People do not mistype this often.',
    runbook: `Check which accounts were tried, and whether one sign-in succeeded (alert "Sign-in after many failures"). Block or rate-limit the address at the proxy. ${NOT_A_PROXY} If it is a misconfigured client, correct its password.`,
    falsePositives: 'A large office behind one address on the day of a password change; a client with an old password.',
    others:
      "Elastic (Microsoft 365): 20 in 5 minutes. Panther: 20 in 60 minutes. Auth0: more than 10 in an hour. Ours is Elastic's window: an office behind one address mistypes 20 passwords in an hour, but not in 5 minutes. Slow attacks on many accounts are password spraying.",
    needs: SIGN_IN_NEEDS,
    build: (settings, { failures, withLocked, minutes }) => {
      return {
        condition: `${failures} failures in ${minutes} minutes from one IP address, or ${withLocked} if attempts at locked accounts are included`,
        pattern: {
          kind: 'count',
          select: withAddress(guesses(settings)),
          by: ['ip'],
          minutes,
          atLeast: failures,
          or: { select: withAddress(signInsOf(settings, failed)), atLeast: withLocked },
        },
        summary: ({ value, key }) => `${value} failed sign-ins from ${key('ip')} within ${minutes} minutes`,
        link: { filters: [is('action', settings.actions.signIn), failed], keys: ['ip'] },
      };
    },
  }),
  detection<'failures'>({
    id: 'auditrail-brute-force-account',
    title: 'Brute force on one account',
    technique: 'T1110.001',
    tactic: 'credential-access',
    severity: 'high',
    thresholds: { failures: 20, minutes: 10 },
    meaning: 'The password of this account is guessed. Attempts while the account is locked are not counted.',
    runbook:
      'Check whether a sign-in of the account succeeded. Block the addresses. If the account has no second factor, ask its owner to set one up.',
    falsePositives: 'A client or a job that repeats an old password.',
    others:
      'Panther: 20 in 60 minutes. Auth0: more than 10 in an hour. Ours is shorter, because a person with a forgotten password reaches 10 in an hour. Slow attacks from several addresses have a rule of their own.',
    needs: SIGN_IN_NEEDS,
    build: (settings, { failures, minutes }) => ({
      condition: `${failures} failures in ${minutes} minutes on one account`,
      pattern: { kind: 'count', select: guesses(settings), by: ['actor'], minutes, atLeast: failures },
      summary: ({ value, key }) => `${value} failed sign-ins of ${key('actor')} within ${minutes} minutes`,
      link: { filters: [is('action', settings.actions.signIn), failed], keys: ['actor'] },
    }),
  }),
  detection<'failures' | 'addresses'>({
    id: 'auditrail-distributed-brute-force',
    title: 'Distributed brute force on one account',
    technique: 'T1110.001',
    tactic: 'credential-access',
    severity: 'high',
    thresholds: { failures: 20, addresses: 5, minutes: 60 },
    meaning: 'Several addresses guess the password of one account, which avoids limits per address.',
    runbook:
      'Check whether a sign-in of the account succeeded. Require a second factor for the account, or disable it until the attack ends.',
    falsePositives: 'A person on a mobile network whose devices repeat an old password.',
    others:
      'Panther: 20 in 60 minutes, from any number of addresses. Ours also needs 5 addresses, because one device with an old password reaches 20 in an hour.',
    needs: SIGN_IN_NEEDS,
    build: (settings, { failures, addresses, minutes }) => {
      return {
        condition: `${failures} failures in ${minutes} minutes on one account, from ${addresses} addresses`,
        pattern: {
          kind: 'count',
          select: withAddress(guesses(settings)),
          by: ['actor'],
          minutes,
          atLeast: failures,
          values: { of: 'ip', atLeast: addresses },
        },
        summary: ({ value, key }) =>
          `${value} failed sign-ins of ${key('actor')} from ${addresses} or more addresses within ${minutes} minutes`,
        link: { filters: [is('action', settings.actions.signIn), failed], keys: ['actor'] },
      };
    },
  }),
  detection<'accounts' | 'failures'>({
    id: 'auditrail-password-spraying',
    title: 'Password spraying',
    technique: 'T1110.003',
    tactic: 'credential-access',
    severity: 'high',
    thresholds: { accounts: 10, failures: 15, minutes: 60 },
    meaning: 'One address tries common passwords on many accounts, few on each, to avoid locks.',
    runbook: `Check whether a sign-in from the address succeeded (alert "Sign-in from an address that sprayed"). Block the address. ${NOT_A_PROXY}`,
    falsePositives:
      'An office whose sign-in service fails. The rule ignores an address if more than half as many of its accounts succeed as fail.',
    others:
      'Elastic (Okta): 15 failures on 5 accounts in 60 minutes. Sentinel: 5 accounts in 20 minutes. Panther: more than 10 failures on more than 5 accounts in 60 minutes. Ours needs 10 accounts, because a small office reaches 5, and ignores addresses with many successes.',
    needs: SIGN_IN_NEEDS,
    build: (settings, { accounts, failures, minutes }) => {
      return {
        condition: `${failures} failures on ${accounts} accounts in ${minutes} minutes from one address, and at most half as many accounts with a success`,
        pattern: {
          kind: 'distinct',
          select: withAddress(signInsOf(settings, failed)),
          by: ['ip'],
          minutes,
          of: 'actor',
          atLeast: accounts,
          entries: failures,
          except: mostlySucceeding(settings),
        },
        summary: ({ value, key }) => `${key('ip')} failed to sign in to ${value} accounts within ${minutes} minutes`,
        link: { filters: [is('action', settings.actions.signIn), failed], keys: ['ip'] },
      };
    },
  }),
  detection<'accounts' | 'failures' | 'perAccount'>({
    id: 'auditrail-credential-stuffing',
    title: 'Credential stuffing',
    technique: 'T1110.004',
    tactic: 'credential-access',
    severity: 'high',
    thresholds: { accounts: 15, failures: 25, perAccount: 2, minutes: 15 },
    meaning: 'One address tries a list of stolen names and passwords: many accounts, one or two attempts each.',
    runbook: `Check which sign-ins from the address succeeded, and reset these passwords. Block the address. ${NOT_A_PROXY}`,
    falsePositives: 'As for password spraying.',
    others: 'Elastic: the same. Ours also ignores addresses with many successes, such as an office.',
    needs: SIGN_IN_NEEDS,
    build: (settings, { accounts, failures, perAccount, minutes }) => {
      return {
        condition: `${failures} failures in ${minutes} minutes from one address, on ${accounts} accounts with at most ${perAccount} each`,
        pattern: {
          kind: 'count',
          select: withAddress(signInsOf(settings, failed)),
          by: ['ip'],
          minutes,
          atLeast: failures,
          values: { of: 'actor', atLeast: accounts, each: perAccount },
          except: mostlySucceeding(settings),
        },
        summary: ({ value, key }) =>
          `${value} failed sign-ins from ${key('ip')}, at most ${perAccount} for each account, within ${minutes} minutes`,
        link: { filters: [is('action', settings.actions.signIn), failed], keys: ['ip'] },
      };
    },
  }),
  detection<'requests'>({
    id: 'auditrail-mfa-fatigue',
    title: 'MFA fatigue',
    technique: 'T1621',
    tactic: 'credential-access',
    severity: 'high',
    thresholds: { requests: 5, minutes: 10 },
    meaning: 'Somebody knows the password and requests the second factor again and again, until the owner confirms.',
    runbook:
      'Ask the owner whether they requested it. If not: reset the password, end all sessions, and check the later actions of the account.',
    falsePositives: 'A person whose second factor does not arrive.',
    others:
      'Elastic: 5 denials in 10 minutes. Panther: 5 in 30 minutes. Ours counts requests, which every application knows; denials have a rule of their own.',
    needs: 'Each request of a second factor, with the account as the actor.',
    build: ({ actions }, { requests, minutes }) => {
      const asked = entries(is('action', actions.secondFactorRequested));
      return {
        condition: `${requests} requests of a second factor in ${minutes} minutes for one account`,
        pattern: { kind: 'count', select: asked, by: ['actor'], minutes, atLeast: requests },
        summary: ({ value, key }) =>
          `${value} requests of a second factor for ${key('actor')} within ${minutes} minutes`,
        link: { filters: [is('action', actions.secondFactorRequested)], keys: ['actor'] },
      };
    },
  }),
  detection<'accounts'>({
    id: 'auditrail-lockout-surge',
    title: 'Many accounts locked',
    technique: 'T1110',
    tactic: 'credential-access',
    severity: 'high',
    thresholds: { accounts: 10, minutes: 15 },
    meaning: 'Passwords of many accounts are guessed at once, or somebody locks people out on purpose.',
    runbook: 'Check from which addresses the failed sign-ins came, and block them. Then unlock the accounts.',
    falsePositives: 'The day of a password change.',
    needs: 'Each lock of an account, with the account as the target (`target.id`).',
    build: ({ actions }, { accounts, minutes }) => {
      const locks = entries(is('action', actions.locked));
      return {
        condition: `${accounts} accounts locked in ${minutes} minutes`,
        pattern: { kind: 'distinct', select: locks, by: [], minutes, of: 'targetId', atLeast: accounts },
        summary: ({ value }) => `${value} accounts were locked within ${minutes} minutes`,
        link: { filters: [is('action', actions.locked)], keys: [] },
      };
    },
  }),
];
