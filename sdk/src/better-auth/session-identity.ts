import type { Identity } from '../record/acting.ts';

/** The members of a better-auth session that entries need. */
export interface AuthSession {
  user: { id: string; name?: string | null | undefined; email?: string | null | undefined };
  session: { token?: string | undefined; impersonatedBy?: unknown };
}

/** How better-auth reads a user. */
export interface UserReader {
  findUserById(id: string): Promise<AuthSession['user'] | null>;
}

/** A user of better-auth as an actor. */
export function userActor({ id, name, email }: AuthSession['user']): { type: 'user'; id: string } {
  return { type: 'user', id, ...(name && { name }), ...(email && { email }) };
}

/** The identity of a session, with the administrator's name from better-auth's database. */
export async function identityOf({ user, session }: AuthSession, users: UserReader): Promise<Identity> {
  const id = session.impersonatedBy;
  if (typeof id !== 'string' || id === '') return { actor: userActor(user) };
  // The administrator's account can be deleted in the meantime.
  const administrator = (await users.findUserById(id)) ?? { id };
  return { actor: userActor(administrator), onBehalfOf: [userActor(user)] };
}

/**
 * Who acts in a session of better-auth: its user, or the administrator who impersonates the user, who is then in
 * `onBehalfOf`. The administrator's name and email address are read from better-auth's database.
 *
 * @param auth what `betterAuth()` returned
 * @throws what the database throws, if the administrator cannot be read
 * @example
 * const session = await auth.api.getSession({ headers });
 * const identity = session && (await sessionIdentity(auth, session));
 */
export async function sessionIdentity(
  auth: { $context: Promise<{ internalAdapter: UserReader }> },
  session: AuthSession,
): Promise<Identity> {
  return identityOf(session, (await auth.$context).internalAdapter);
}
