import {
  changesOf,
  event,
  namedUser,
  onlyFailure,
  ownAccount,
  pick,
  roleEntries,
  rowOf,
  targetOf,
  textOf,
  type AuthEvent,
  type CallFacts,
} from './auth-event.ts';
import { ORGANIZATION_EVENTS } from './organization-events.ts';

const USER = ['user', 'userId'] as const;

const byEmail = ({ body }: CallFacts) => targetOf('user', undefined, body.email);
const withProperties =
  (...names: string[]) =>
  (facts: CallFacts) => ({ ...ownAccount(facts), ...pick(facts.body, names) });
const admin = (action: string, text: string, details: AuthEvent['entries'] | undefined = undefined): AuthEvent => ({
  subject: USER,
  entries: (facts) =>
    details?.(facts) ?? [
      {
        action,
        text: `${text} ${textOf(facts.subject?.name) ?? textOf(facts.subject?.email) ?? 'a user'}`,
        channel: 'security',
        ...namedUser(facts),
      },
    ],
});

// `apiKey` and `passkey` are the models of these plugins; their rows contain secrets, of which only names are recorded.
const apiKey = ({ body, result, subject }: CallFacts) => ({
  channel: 'security',
  ...targetOf('api_key', body.keyId ?? result.id, subject?.name ?? body.name ?? result.name),
  ...(subject ? changesOf(subject, body, ['name', 'enabled', 'remaining']) : pick(body, ['prefix', 'expiresIn'])),
});
const passkey = ({ body, result, subject }: CallFacts) => ({
  channel: 'security',
  ...targetOf('passkey', body.id ?? result.id, subject?.name ?? body.name ?? result.name),
});

/** The endpoints of better-auth and its plugins that are recorded, besides sign-ins. */
export const AUTH_EVENTS: Readonly<Record<string, AuthEvent>> = {
  '/sign-out': event('user.logout', 'signed out'),
  '/sign-up/email': onlyFailure(event('user.created', 'signed up', byEmail)),
  '/change-password': event('user.password_changed', 'changed the password'),
  '/set-password': event('user.password_changed', 'set a password'),
  // Anybody can ask for this, so that the address is the target and not the actor.
  '/request-password-reset': event('user.password_reset_requested', 'asked for a new password', byEmail),
  '/forget-password/email-otp': event('user.password_reset_requested', 'asked for a new password', byEmail),
  '/email-otp/request-password-reset': event('user.password_reset_requested', 'asked for a new password', byEmail),
  '/reset-password': event('user.password_reset', 'reset the password'),
  '/email-otp/reset-password': event('user.password_reset', 'reset the password', byEmail),
  '/phone-number/reset-password': event('user.password_reset', 'reset the password'),
  '/change-email': event('user.email_change_requested', 'asked for another email address', withProperties('newEmail')),
  '/verify-email': event('user.email_verified', 'verified an email address'),
  '/update-user': event('user.updated', 'changed the account', (facts) => ({
    ...ownAccount(facts),
    ...changesOf(rowOf(facts.session?.user), facts.body),
  })),
  '/delete-user': onlyFailure(event('user.deleted', 'deleted the account')),
  '/unlink-account': event('user.account_unlinked', 'unlinked an account', withProperties('providerId')),
  '/revoke-session': event('session.revoked', 'ended a session'),
  '/revoke-sessions': event('session.revoked', 'ended all sessions'),
  '/revoke-other-sessions': event('session.revoked', 'ended all other sessions'),

  '/two-factor/enable': event('user.mfa.setup_started', 'started to set up a second factor'),
  '/two-factor/disable': event('user.mfa.disabled', 'turned off the second factor', (facts) => ({
    channel: 'security',
    ...ownAccount(facts),
  })),
  '/two-factor/generate-backup-codes': event('user.mfa.backup_codes_created', 'created backup codes'),

  '/passkey/verify-registration': event('user.passkey.created', 'added a passkey', passkey),
  '/passkey/update-passkey': event('user.passkey.updated', 'renamed a passkey', passkey, ['passkey', 'id']),
  '/passkey/delete-passkey': event('user.passkey.deleted', 'deleted a passkey', passkey, ['passkey', 'id']),

  '/api-key/create': event('api_key.created', 'created an API key', apiKey),
  '/api-key/update': event('api_key.updated', 'changed an API key', apiKey, ['apikey', 'keyId']),
  '/api-key/delete': event('api_key.deleted', 'deleted an API key', apiKey, ['apikey', 'keyId']),

  '/admin/create-user': onlyFailure(event('user.created', 'created a user', byEmail)),
  '/admin/remove-user': onlyFailure(admin('user.deleted', 'deleted')),
  '/admin/update-user': admin('user.updated', 'changed', (facts) => {
    const data = rowOf(facts.body.data);
    const target = namedUser(facts);
    const others = Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'role'));
    const changed = { action: 'user.updated', text: 'changed a user', channel: 'security', ...target };
    return [
      ...(Object.keys(others).length > 0 ? [{ ...changed, ...changesOf(facts.subject, others) }] : []),
      ...(data.role === undefined ? [] : roleEntries(facts.subject?.role, data.role, target)),
    ];
  }),
  '/admin/set-role': admin('user.role.granted', 'set the role of', (facts) => {
    const target = namedUser(facts);
    const entries = roleEntries(facts.subject?.role, facts.body.role, target);
    // A refused attempt is recorded even if it would have changed nothing.
    return entries.length > 0 || !facts.failed ? entries : roleEntries(undefined, facts.body.role, target);
  }),
  '/admin/set-user-password': admin('user.password_changed', 'set the password of'),
  '/admin/ban-user': admin('user.banned', 'banned', (facts) => {
    const reason = textOf(facts.body.banReason);
    const text = `banned ${textOf(facts.subject?.name) ?? 'a user'}`;
    return [{ action: 'user.banned', text, channel: 'security', ...namedUser(facts), ...(reason && { reason }) }];
  }),
  '/admin/unban-user': admin('user.unbanned', 'lifted the ban of'),
  '/admin/impersonate-user': admin('user.impersonation_started', 'started to act as'),
  '/admin/stop-impersonating': event('user.impersonation_ended', 'stopped acting as another user', (facts) => ({
    channel: 'security',
    ...ownAccount(facts),
  })),
  '/admin/revoke-user-session': event('session.revoked', 'ended a session of a user', () => ({ channel: 'security' })),
  '/admin/revoke-user-sessions': admin('session.revoked', 'ended all sessions of'),

  ...ORGANIZATION_EVENTS,
};
