import type { AuditEntryInput } from '@auditrail/core';
import type { Receipt } from '../logger/audit-logger.ts';
import { withRequest, type Recorder } from '../context/with-request.ts';

/** What every sign-in entry can say; address, user agent and session come from the request where there is one. */
export interface SignInDetails extends Partial<
  Omit<AuditEntryInput, 'action' | 'event' | 'outcome' | 'actor' | 'error'>
> {
  /** Whose account. In a failure the one that was tried, named in the same way as in a success (e-mail, else id): alerts join the two by it. */
  actor: AuditEntryInput['actor'];
  /** How: `password`, `passkey`, `oidc`; for the second factor `totp`, `sms`, … */
  method?: string | undefined;
}

export interface FailureDetails extends SignInDetails {
  /** Why, for people: `wrong password`. Never what was typed. */
  reason: string;
  /** Why, for programs: `wrong_password`. */
  code?: string | undefined;
}

export interface LockDetails extends SignInDetails {
  /** Until when, RFC 3339. */
  until?: string | undefined;
}

// `undefined` where the logger reports failures and does not reject.
type Result = Receipt | undefined;
type Fixed = Pick<AuditEntryInput, 'action' | 'event' | 'outcome' | 'channel' | 'error'> & { said: string };

const nameOf = ({ name, email, id, type }: AuditEntryInput['actor']) => name || email || id || type;

function write<R extends Result>(audit: Recorder<R>, fixed: Fixed, details: SignInDetails): Promise<R> {
  const { method, properties, ...given } = details;
  const { said, ...entry } = fixed;
  const { actor } = details;
  return withRequest(audit).record({
    description: `${nameOf(actor)} ${said}`,
    ...(actor.id !== undefined && { target: { type: 'user', id: actor.id, ...(actor.name && { name: actor.name }) } }),
    ...entry,
    ...given,
    ...((method !== undefined || properties) && {
      properties: { ...properties, ...(method !== undefined && { method }) },
    }),
  });
}

const failed = (error: { code?: string | undefined; message: string }) => ({ outcome: 'failure' as const, error });

/**
 * Entries of signing in, with the actions that the alert rules look for: attempts are `user.login`, also the one that the
 * second factor ended, so that guessing codes is an alert like guessing passwords. Await them before the session is made.
 *
 * | function | action | event | outcome | channel |
 * | --- | --- | --- | --- | --- |
 * | `success` | `user.login` | login | success | auth |
 * | `failure` | `user.login` | login | failure | auth |
 * | `mfaChallenged` | `user.mfa.challenged` | challenged | success | auth |
 * | `mfaFailed` | `user.login` | mfa_failed | failure | auth |
 * | `lockedOut` | `user.locked` | locked | success | security |
 * | `signedOut` | `user.logout` | logout | success | auth |
 *
 * All reject with what `record()` rejects with.
 *
 * @example
 * await signIn.failure(audit, { actor: { type: 'user', email }, reason: 'wrong password', code: 'wrong_password' });
 */
export const signIn = {
  /** Somebody is in: after all factors. */
  success: <R extends Result>(audit: Recorder<R>, details: SignInDetails): Promise<R> =>
    write(audit, { action: 'user.login', channel: 'auth', outcome: 'success', said: 'signed in' }, details),

  /** Refused: wrong password, unknown account, locked account. */
  failure: <R extends Result>(audit: Recorder<R>, { reason, code, ...details }: FailureDetails): Promise<R> => {
    const error = { message: reason, ...(code !== undefined && { code }) };
    return write(
      audit,
      { action: 'user.login', channel: 'auth', said: 'could not sign in', ...failed(error) },
      details,
    );
  },

  /** The first factor was right, the second is asked for. */
  mfaChallenged: <R extends Result>(audit: Recorder<R>, details: SignInDetails): Promise<R> => {
    const said = 'was asked for a second factor';
    return write(audit, { action: 'user.mfa.challenged', channel: 'auth', outcome: 'success', said }, details);
  },

  /** The second factor was wrong. */
  mfaFailed: <R extends Result>(audit: Recorder<R>, details: SignInDetails & Partial<FailureDetails>): Promise<R> => {
    const { reason = 'wrong second factor', code = 'mfa_failed', ...rest } = details;
    const said = 'could not sign in: second factor';
    const fixed = { action: 'user.login', event: 'mfa_failed', channel: 'auth', said };
    return write(audit, { ...fixed, ...failed({ message: reason, code }) }, rest);
  },

  /** The account was locked, by the system: `actor` is whose account it is. */
  lockedOut: <R extends Result>(audit: Recorder<R>, { until, actor, ...details }: LockDetails): Promise<R> => {
    const fixed = { action: 'user.locked', channel: 'security', outcome: 'success', said: '' } as const;
    return write(audit, fixed, {
      description: `${nameOf(actor)} was locked out`,
      target: { type: 'user', name: nameOf(actor), ...(actor.id !== undefined && { id: actor.id }) },
      ...(until !== undefined && { changes: [{ path: 'lockedUntil', before: null, after: until }] }),
      ...details,
      actor: { type: 'system', id: 'lockout', name: 'Lockout' },
    });
  },

  signedOut: <R extends Result>(audit: Recorder<R>, details: SignInDetails): Promise<R> =>
    write(audit, { action: 'user.logout', channel: 'auth', outcome: 'success', said: 'signed out' }, details),
};
