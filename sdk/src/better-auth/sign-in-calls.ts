import { rowOf, textOf } from './auth-event.ts';
import type { AuthCall } from './auth-call.ts';
import { userActor, type AuthSession } from './session-actor.ts';

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

/** Whether the call names an account; a passkey or another service does it in a way of its own. */
export const namesAccount = ({ body }: AuthCall): boolean =>
  ['email', 'username', 'phoneNumber'].some((name) => textOf(rowOf(body)[name]));

type Account = ReturnType<typeof userActor> | { type: 'user'; email?: string };

/**
 * The account that somebody tried to sign in to. Of an unknown account only an e-mail address is recorded: people also type
 * passwords into the field for the name.
 */
export async function accountOf({ body, context }: AuthCall): Promise<Account> {
  const { email, username, phoneNumber } = rowOf(body);
  const address = textOf(email)?.toLowerCase();
  if (address) {
    const found = await context.internalAdapter.findUserByEmail(address);
    if (found) return userActor(found.user);
    return /^[^\s@]{1,64}@[^\s@]{1,190}$/.test(address) ? { type: 'user', email: address } : { type: 'user' };
  }
  for (const [field, value] of Object.entries({ username: textOf(username)?.toLowerCase(), phoneNumber })) {
    if (!textOf(value)) continue;
    const where = [{ field, value: String(value) }];
    const found = await context.adapter.findOne<AuthSession['user']>({ model: 'user', where });
    if (found) return userActor(found);
  }
  return { type: 'user' };
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
