import { detection, type Detection } from './detection.ts';
import { entries, is, succeeded } from './selections.ts';

export const SECOND_FACTOR_RULES: readonly Detection[] = [
  detection<'denials'>({
    id: 'auditrail-mfa-denied',
    title: 'Second factor denied',
    technique: 'T1621',
    tactic: 'credential-access',
    severity: 'high',
    thresholds: { denials: 3, minutes: 10 },
    meaning:
      'The owner of the account refuses requests of a second factor that they did not make: somebody knows the password.',
    runbook:
      'Ask the owner. If they did not request it: reset the password, end all sessions, and check from which addresses the sign-ins came.',
    falsePositives: 'A person who taps the wrong button.',
    others:
      'Elastic: 5 denials in 10 minutes. Panther: 5 in 30 minutes. Ours is lower, because a denial is a statement of the owner, and few attackers try five times.',
    needs: 'Each denied request of a second factor, with the account as the actor: `signIn.mfaDenied()`.',
    build: ({ actions }, { denials, minutes }) => {
      const action = is('action', actions.secondFactorDenied);
      return {
        condition: `${denials} denied requests of a second factor in ${minutes} minutes for one account`,
        pattern: { kind: 'count', select: entries(action), by: ['actor'], minutes, atLeast: denials },
        summary: ({ value, key }) =>
          `${key('actor')} denied ${value} requests of a second factor within ${minutes} minutes`,
        link: { filters: [action], keys: ['actor'] },
      };
    },
  }),
  detection({
    id: 'auditrail-mfa-removed',
    title: 'Second factor removed',
    technique: 'T1556.006',
    tactic: 'persistence',
    severity: 'medium',
    thresholds: { minutes: 60 },
    meaning: 'An account has lost its second factor. Intruders remove it to keep their access.',
    runbook:
      'Ask the owner, by other means than the account. If it was not them: end all sessions and reset the password.',
    falsePositives: 'A person who changes their phone and removes the old one first. Set up the new one first.',
    others:
      'Others wait 12 hours for another factor. Ours does not wait, so that it fires within minutes; a factor that was added before prevents the alert.',
    needs: 'Removal and set-up of second factors, with the same actor.',
    build: ({ actions }, { minutes }) => {
      const removed = is('action', actions.secondFactorRemoved);
      const added = is('action', actions.secondFactorAdded);
      return {
        condition: `a second factor removed, and none added by the same person in ${minutes} minutes; fires for ${minutes} minutes`,
        pattern: {
          kind: 'count',
          select: entries(removed, succeeded),
          by: ['actor'],
          minutes,
          atLeast: 1,
          except: { successes: entries(added, succeeded), of: 'actor', moreThan: 1 },
        },
        summary: ({ key }) => `${key('actor')} removed a second factor`,
        link: { filters: [removed], keys: ['actor'] },
      };
    },
  }),
  detection({
    id: 'auditrail-mfa-added-after-reset',
    title: 'Second factor added after a password reset',
    technique: 'T1098.005',
    tactic: 'persistence',
    severity: 'medium',
    thresholds: { minutes: 60 },
    meaning:
      'Somebody who reset the password of an account set up a second factor of their own, which locks the owner out.',
    runbook:
      'Ask the owner, by other means than the account. If it was not them: remove the factor, end all sessions, and check who can read the mail of the account.',
    falsePositives: 'A person who lost their phone and their password.',
    needs: 'Resets of passwords and set-up of second factors, with the account as the actor.',
    build: ({ actions }, { minutes }) => ({
      condition: `a password reset and then a second factor added in ${minutes} minutes by one account`,
      pattern: {
        kind: 'sequence',
        first: entries(is('action', actions.passwordReset), succeeded),
        last: entries(is('action', actions.secondFactorAdded), succeeded),
        minutes,
        ways: [{ by: ['actor'], same: ['actor'], atLeast: 1 }],
      },
      summary: ({ key }) => `${key('actor')} added a second factor within ${minutes} minutes of a password reset`,
      link: { filters: [], keys: ['actor'] },
    }),
  }),
];
