import type { FastifyRequest } from 'fastify';
import { accountByEmail, passwordOf, saveFailures, type Account } from './accounts.ts';
import { requestFields, accountActor, accountTarget } from './audit.ts';
import { verifyPassword } from './passwords.ts';
import type { Shop } from './server.ts';
import { endSession, newCookie, sessionIdOf, startSession } from './sessions.ts';

/** The number of consecutive wrong passwords after which an account is locked. */
export const FAILURES_ALLOWED = 5;

/**
 * Checks a password. Starts a session if it is correct; otherwise counts the failure and locks the account after too many.
 *
 * @returns the new session's cookie; `undefined` if the sign-in is refused
 */
export async function signIn(
  { database, audit, lockMs, sessionMs }: Shop,
  request: FastifyRequest,
  email: string,
  password: string,
): Promise<string | undefined> {
  const known = accountByEmail(database.read, email);
  const correct = await verifyPassword(password, known && passwordOf(database.read, known.id));

  const refuse = async (account: Account | undefined, code: string, message: string): Promise<undefined> => {
    await audit.record({
      action: 'user.login',
      channel: 'auth',
      description: `${account?.name ?? email} could not sign in`,
      error: { code, message },
      ...(account && { target: accountTarget(account) }),
      ...requestFields(request, { status: 401, actor: account ? accountActor(account) : { type: 'user', email } }),
    });
  };

  return database.change(async (db) => {
    // Read again inside the transaction: other requests may have changed it.
    const account = accountByEmail(db, email);
    if (!account) return refuse(undefined, 'unknown_account', 'no such account');
    if (account.lockedUntil > Date.now()) return refuse(account, 'account_locked', 'the account is locked');

    if (!correct) {
      const failures = account.failures + 1;
      const locks = failures >= FAILURES_ALLOWED;
      const lockedUntil = locks ? Date.now() + lockMs : 0;
      saveFailures(db, account.id, locks ? 0 : failures, lockedUntil);
      await refuse(account, 'wrong_password', 'wrong password');
      if (!locks) return undefined;
      await audit.record({
        action: 'user.locked',
        channel: 'security',
        description: `${account.name} was locked after ${FAILURES_ALLOWED} wrong passwords`,
        target: accountTarget(account),
        changes: [{ path: 'lockedUntil', before: null, after: new Date(lockedUntil).toISOString() }],
        ...requestFields(request, { status: 401, actor: { type: 'system', id: 'lockout', name: 'Lockout' } }),
      });
      return undefined;
    }

    const cookie = newCookie();
    saveFailures(db, account.id, 0, 0);
    endSession(db, request.visitor.sessionId);
    startSession(db, sessionIdOf(cookie), account.id, Date.now() + sessionMs);
    await audit.record({
      action: 'user.login',
      channel: 'auth',
      description: `${account.name} signed in`,
      target: accountTarget(account),
      ...requestFields(request, { status: 303, actor: accountActor(account), sessionId: sessionIdOf(cookie) }),
    });
    return cookie;
  });
}
