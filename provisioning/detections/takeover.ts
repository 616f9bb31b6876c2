import { PANEL_IDS } from '../panels.ts';
import { IP, WHO_FIELD, WHO_LABEL } from '../queries.ts';
import { detection, type Detection } from './detection.ts';
import {
  ACTOR_LABELS,
  count,
  distinct,
  guesses,
  lastTime,
  SHARES,
  signInsOf,
  succeeded,
  timeOfShare,
  withAddress,
} from './logql.ts';
import type { Settings } from './settings.ts';

const SUCCESS_LABELS = `${WHO_LABEL}, ${WHO_FIELD}, ${IP}`;
const any = (queries: string[]) => queries.map((query) => `(${query})`).join(' or ');

// The power of 0 keeps the series with the value 1, which is multiplied by a number of the address. No parenthesis may
// follow group_left (): Loki drops the empty () when it formats a rule, and would parse the next one as labels.
const timesNumber = (series: string, number: string) => `((${series}) ^ 0) * on (${IP}) group_left () ${number}`;

function successOfAccount(settings: Settings, failures: number, minutes: number): string {
  const tried = guesses(settings);
  const success = lastTime(ACTOR_LABELS, signInsOf(settings, succeeded), minutes);
  return any(
    SHARES.map((share) => {
      const later = `${success} > on (${ACTOR_LABELS}) ${timeOfShare(share, ACTOR_LABELS, tried, minutes)}`;
      return `(${count(ACTOR_LABELS, tried, minutes)} >= ${failures / share}) and on (${ACTOR_LABELS}) (${later})`;
    }),
  );
}

function successFromAddress(settings: Settings, failures: number, ratio: number, minutes: number): string {
  const tried = withAddress(guesses(settings));
  const successes = withAddress(signInsOf(settings, succeeded));
  const success = lastTime(SUCCESS_LABELS, successes, minutes);
  const alternatives = SHARES.map((share) => {
    const later = `${success} > on (${IP}) group_left () ${timeOfShare(share, IP, tried, minutes)}`;
    return `(${timesNumber(later, count(IP, tried, minutes))}) >= ${failures / share}`;
  });
  const mostlyFails = `${count(IP, tried, minutes)} / on (${IP}) ${count(IP, successes, minutes)} >= ${ratio}`;
  return `(${any(alternatives)}) and on (${IP}) (${mostlyFails})`;
}

export const TAKEOVER_RULES: readonly Detection[] = [
  detection<'failures' | 'ratio'>({
    id: 'auditrail-success-after-failures',
    title: 'Sign-in after many failures',
    technique: 'T1110',
    tactic: 'credential-access',
    severity: 'critical',
    panel: PANEL_IDS.failedSignInsByUser,
    thresholds: { failures: 10, ratio: 3, minutes: 20 },
    meaning:
      'An attacker may have guessed the password, or the owner signed in during an attack. If the alert has an address, the failures came from this address, on any account. Otherwise they were on this account, from any address.',
    runbook:
      'Compare address and user agent of the sign-in with those of the failures and of earlier sign-ins of the account. If it may not be the owner: end all sessions of the account, reset its password, and check its later actions and the other accounts that were tried from the same address.',
    falsePositives:
      'The owner signs in while somebody else guesses the password. Attempts at a locked account, and failures after the sign-in, are not counted.',
    needs:
      'Sign-ins with outcome, account and address; a failure names the account in the same field as a success. `error.code` states that an account is locked.',
    build: (settings, { failures, ratio, minutes }) => ({
      condition: `${failures} failures and a success in ${minutes} minutes from one address or on one account, the success after them; for an address, ${ratio} failures for each success`,
      query:
        `(${successFromAddress(settings, failures, ratio, minutes)}) or on (${ACTOR_LABELS}) ` +
        `(${successOfAccount(settings, failures, minutes)})`,
      entries: signInsOf(settings, succeeded),
      summary: ({ value, label, optional }) =>
        `${label(WHO_LABEL)} signed in${optional(IP, ' from ')} after ${value} failed attempts within ${minutes} minutes`,
      page: ({ urlLabel }) => ({ action: settings.actions.signIn, ip: urlLabel(IP) }),
      actor: { unless: IP },
    }),
  }),
  detection<'accounts'>({
    id: 'auditrail-success-from-sprayer',
    title: 'Sign-in from an address that sprayed',
    technique: 'T1110.003',
    tactic: 'initial-access',
    severity: 'critical',
    panel: PANEL_IDS.failedSignInsByAddress,
    thresholds: { accounts: 10, minutes: 60 },
    meaning: 'An address failed on many accounts and then signed in to this one: its password was guessed.',
    runbook:
      'End all sessions of the account, reset its password, and check its later actions. Block the address, and check the other accounts that were tried.',
    falsePositives:
      'An office whose sign-in service failed. The rule ignores an address with more than half as many accounts with a success as with a failure.',
    needs: 'Sign-ins with outcome, account and address.',
    build: (settings, { accounts, minutes }) => {
      const tried = withAddress(guesses(settings));
      const successes = withAddress(signInsOf(settings, succeeded));
      const sprayed = distinct(WHO_LABEL, IP, tried, minutes);
      const later = `${lastTime(SUCCESS_LABELS, successes, minutes)} > on (${IP}) group_left () ${timeOfShare(0.5, IP, tried, minutes)}`;
      const mostlyFails = `${sprayed} / on (${IP}) ${distinct(WHO_LABEL, IP, successes, minutes)} > 2`;
      return {
        condition: `failures on ${accounts} accounts in ${minutes} minutes from one address, and a success from it after half of them`,
        query: `((${timesNumber(later, sprayed)}) >= ${accounts}) and on (${IP}) (${mostlyFails})`,
        entries: successes,
        summary: ({ value, label }) =>
          `${label(WHO_LABEL)} signed in from ${label(IP)}, which failed on ${value} accounts within ${minutes} minutes`,
        page: ({ urlLabel }) => ({ action: settings.actions.signIn, ip: urlLabel(IP) }),
      };
    },
  }),
];
