import { rowOf, textOf } from './auth-event.ts';
import type { AuthCall } from './auth-call.ts';
import { userActor, type AuthSession } from './session-identity.ts';

const SIGN_INS =
  /^\/(sign-in\/|callback\/|oauth2\/callback\/|magic-link\/verify|passkey\/verify-authentication|one-tap\/callback|siwe\/verify|phone-number\/verify)/;

/** Endpoints whose failure is a failed sign-in. A new session is a sign-in at any endpoint. */
export const isSignIn = (endpoint: string): boolean => SIGN_INS.test(endpoint);

/** Endpoints that check a second factor. */
export const isSecondFactor = (endpoint: string): boolean => endpoint.startsWith('/two-factor/verify-');

const METHODS: Readonly<Record<string, string>> = {
  '/sign-up/email': 'sign-up',
  '/sign-in/email': 'password',
  '/sign-in/username': 'password',
  '/sign-in/phone-number': 'password',
  '/magic-link/verify': 'magic-link',
  '/passkey/verify-authentication': 'passkey',
  '/two-factor/verify-backup-code': 'backup-code',
};

/** How somebody signs in: `password`, `passkey`, `totp`, or the name of another service. */
export function methodOf({ params, body }: AuthCall, endpoint: string): string {
  const { id, providerId } = rowOf(params);
  const provider = textOf(id) ?? textOf(providerId) ?? textOf(rowOf(body).provider);
  return METHODS[endpoint] ?? provider ?? endpoint.replace(/^.*\/(verify-)?/, '');
}

// The one field that names the account, by endpoint: other members of a body are what the client likes.
const ACCOUNT_FIELDS: Readonly<Record<string, 'email' | 'username' | 'phoneNumber'>> = {
  '/sign-up/email': 'email',
  '/sign-in/email': 'email',
  '/sign-in/email-otp': 'email',
  '/sign-in/magic-link': 'email',
  '/sign-in/username': 'username',
  '/sign-in/phone-number': 'phoneNumber',
  '/phone-number/verify': 'phoneNumber',
};

function accountField({ body }: AuthCall, endpoint: string): { field: string; value: string } | undefined {
  const field = ACCOUNT_FIELDS[endpoint];
  const value = field && textOf(rowOf(body)[field]);
  return field && value ? { field, value: field === 'phoneNumber' ? value : value.toLowerCase() } : undefined;
}

/** Whether the call names an account; a passkey or another service does it in a way of its own. */
export const namesAccount = (call: AuthCall, endpoint: string): boolean => accountField(call, endpoint) !== undefined;

type Account = ReturnType<typeof userActor> | { type: 'user'; email?: string };

/**
 * The account that somebody tried to sign in to. Of an unknown account only an e-mail address is recorded: people also type
 * passwords into the field for the name.
 */
export async function accountOf(call: AuthCall, endpoint: string): Promise<Account> {
  const named = accountField(call, endpoint);
  if (!named) return { type: 'user' };
  const { field, value } = named;
  const { internalAdapter, adapter } = call.context;
  const found =
    field === 'email'
      ? (await internalAdapter.findUserByEmail(value))?.user
      : await adapter.findOne<AuthSession['user']>({ model: 'user', where: [{ field, value }] });
  if (found) return userActor(found);
  const isAddress = field === 'email' && /^[^\s@]{1,64}@[^\s@]{1,190}$/.test(value);
  return isAddress ? { type: 'user', email: value } : { type: 'user' };
}

/** The user who has given the first factor, or who has a token for a new password. */
export async function pendingUser(call: AuthCall, endpoint: string): Promise<AuthSession['user'] | undefined> {
  const { createAuthCookie, secret, internalAdapter } = call.context;
  let identifier: string | undefined;
  if (isSecondFactor(endpoint)) {
    identifier = (await call.getSignedCookie(createAuthCookie('two_factor').name, secret)) || undefined;
  } else if (endpoint === '/reset-password') {
    const token = textOf(rowOf(call.body).token) ?? textOf(rowOf(call.query).token);
    identifier = token && `reset-password:${token}`;
  }
  const verification = identifier && (await internalAdapter.findVerificationValue(identifier));
  return (verification && (await internalAdapter.findUserById(verification.value))) || undefined;
}
