import type { AuditEntryInput } from '@auditrail/core';
import type { Settings } from '@auditrail/core/detections';

/** A sign-in of a person from an address. */
export const signIn = (
  { actions }: Settings,
  email: string,
  ip: string,
  outcome: 'success' | 'failure' = 'failure',
): AuditEntryInput => ({
  action: actions.signIn[0] ?? '',
  channel: 'auth',
  description: outcome === 'success' ? 'signed in' : 'wrong password',
  outcome,
  actor: { type: 'user', email },
  source: { ip },
});

/** A sign-in that is refused because the account is locked. */
export const lockedOut = (settings: Settings, email: string, ip: string): AuditEntryInput => ({
  ...signIn(settings, email, ip),
  error: { code: settings.lockedErrorCodes[0] ?? '', message: 'the account is locked' },
});
