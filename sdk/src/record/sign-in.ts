import { actorName, type AuditEntryInput } from '@auditrail/core';
import type { Receipt } from '../chain/receipt.ts';
import { withRequest, type Recorder } from '../context/with-request.ts';

/** Fields of all sign-in entries. Inside a request, address, user agent and session are filled in. */
export interface SignInDetails extends Partial<
  Omit<AuditEntryInput, 'action' | 'event' | 'outcome' | 'actor' | 'error'>
> {
  /** The account. Identify it in the same way in failures and successes (by e-mail address, or else by id): alert rules match the two. */
  actor: AuditEntryInput['actor'];
  /** `password`, `passkey`, `oidc`; for the second factor `totp`, `sms`, … */
  method?: string | undefined;
}

export interface FailureDetails extends SignInDetails {
  /**
   * What was wrong: `message` for people, such as `wrong password`, without anything that the user typed; `code` for programs,
   * such as `wrong_password`.
   */
  error: { message: string; code?: string | undefined };
}

export interface LockDetails extends SignInDetails {
  /** When the lock ends, in RFC 3339. */
  until?: string | undefined;
}

// `undefined` from a logger with `onFailure: 'report'`.
type Result = Receipt | undefined;
type Fixed = Pick<AuditEntryInput, 'action' | 'event' | 'outcome' | 'channel' | 'error'> & { predicate: string };

function write<R extends Result>(audit: Recorder<R>, fixed: Fixed, details: SignInDetails): Promise<R> {
  const { method, properties, ...rest } = details;
  const { predicate, ...entry } = fixed;
  const { actor } = details;
  return withRequest(audit).record({
    description: `${actorName(actor)} ${predicate}`,
    ...(actor.id !== undefined && { target: { type: 'user', id: actor.id, ...(actor.name && { name: actor.name }) } }),
    ...entry,
    ...rest,
    ...((method !== undefined || properties) && {
      properties: { ...properties, ...(method !== undefined && { method }) },
    }),
  });
}

const failed = ({ message, code }: FailureDetails['error']) => ({
  outcome: 'failure' as const,
  error: { message, ...(code !== undefined && { code }) },
});

/**
 * Records sign-ins with the actions that the alert rules use. A wrong second factor counts as a failed `user.login`, so
 * that guessing codes raises the same alert as guessing passwords. Await the entry before you create the session.
 *
 * | function | action | event | outcome | channel |
 * | --- | --- | --- | --- | --- |
 * | `success` | `user.login` | login | success | auth |
 * | `failure` | `user.login` | login | failure | auth |
 * | `mfaChallenged` | `user.mfa.challenged` | challenged | success | auth |
 * | `mfaFailed` | `user.login` | mfa_failed | failure | auth |
 * | `mfaDenied` | `user.mfa.denied` | denied | failure | auth |
 * | `lockedOut` | `user.locked` | locked | success | security |
 * | `signedOut` | `user.logout` | logout | success | auth |
 *
 * All of them reject as `record()` does.
 *
 * @example
 * await signIn.failure(audit, { actor: { type: 'user', email }, error: { code: 'wrong_password', message: 'wrong password' } });
 */
export const signIn = {
  /** The user is signed in, after all factors. */
  success: <R extends Result>(audit: Recorder<R>, details: SignInDetails): Promise<R> =>
    write(audit, { action: 'user.login', channel: 'auth', outcome: 'success', predicate: 'signed in' }, details),

  /** The sign-in was refused: wrong password, unknown account, locked account. */
  failure: <R extends Result>(audit: Recorder<R>, { error, ...details }: FailureDetails): Promise<R> =>
    write(audit, { action: 'user.login', channel: 'auth', predicate: 'could not sign in', ...failed(error) }, details),

  /** The first factor was correct; the second is required. */
  mfaChallenged: <R extends Result>(audit: Recorder<R>, details: SignInDetails): Promise<R> => {
    const predicate = 'was asked for a second factor';
    return write(audit, { action: 'user.mfa.challenged', channel: 'auth', outcome: 'success', predicate }, details);
  },

  /** The second factor was wrong. */
  mfaFailed: <R extends Result>(audit: Recorder<R>, details: SignInDetails & Partial<FailureDetails>): Promise<R> => {
    const { error: { message = 'wrong second factor', code = 'mfa_failed' } = {}, ...rest } = details;
    const predicate = 'could not sign in: second factor';
    const fixed = { action: 'user.login', event: 'mfa_failed', channel: 'auth', predicate };
    return write(audit, { ...fixed, ...failed({ message, code }) }, rest);
  },

  /** The owner of the account refused a request of the second factor, such as a push message. */
  mfaDenied: <R extends Result>(audit: Recorder<R>, details: SignInDetails & Partial<FailureDetails>): Promise<R> => {
    const { error: { message = 'second factor denied', code = 'mfa_denied' } = {}, ...rest } = details;
    const fixed = { action: 'user.mfa.denied', channel: 'auth', predicate: 'denied a request of the second factor' };
    return write(audit, { ...fixed, ...failed({ message, code }) }, rest);
  },

  /** The system locked the account of `actor`. The entry's actor is the system, its target the account. */
  lockedOut: <R extends Result>(audit: Recorder<R>, { until, actor, ...details }: LockDetails): Promise<R> => {
    const predicate = 'was locked out';
    const fixed = { action: 'user.locked', channel: 'security', outcome: 'success', predicate } as const;
    return write(audit, fixed, {
      description: `${actorName(actor)} ${predicate}`,
      target: { type: 'user', name: actorName(actor), ...(actor.id !== undefined && { id: actor.id }) },
      ...(until !== undefined && { changes: [{ path: 'lockedUntil', before: null, after: until }] }),
      ...details,
      actor: { type: 'system', id: 'lockout', name: 'Lockout' },
    });
  },

  /** The user signed out. */
  signedOut: <R extends Result>(audit: Recorder<R>, details: SignInDetails): Promise<R> =>
    write(audit, { action: 'user.logout', channel: 'auth', outcome: 'success', predicate: 'signed out' }, details),
};
