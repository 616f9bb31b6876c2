import type { AuditEntryInput } from '@auditrail/core';

/** The members of a better-auth session that entries need. */
export interface AuthSession {
  user: { id: string; name?: string | null | undefined; email?: string | null | undefined };
  session: { token?: string | undefined; impersonatedBy?: unknown };
}

/** Who acts, and for whom. */
export interface SessionActor {
  actor: AuditEntryInput['actor'];
  onBehalfOf?: NonNullable<AuditEntryInput['onBehalfOf']>;
}

/** A user of better-auth as an actor. */
export function userActor({ id, name, email }: AuthSession['user']): { type: 'user'; id: string } {
  return { type: 'user', id, ...(name && { name }), ...(email && { email }) };
}

/** The administrator behind a session of the admin plugin's impersonation. */
export function impersonatorOf({ session }: AuthSession): string | undefined {
  return typeof session.impersonatedBy === 'string' && session.impersonatedBy ? session.impersonatedBy : undefined;
}

/**
 * Who acts in a session of better-auth: its user, or the administrator who impersonates the user, who is then in
 * `onBehalfOf`.
 *
 * @example
 * const session = await auth.api.getSession({ headers });
 * await audit.record({ action: 'order.placed', description: 'Order placed', ...(session && sessionActor(session)) });
 */
export function sessionActor(session: AuthSession): SessionActor {
  const impersonator = impersonatorOf(session);
  const user = userActor(session.user);
  return impersonator ? { actor: { type: 'user', id: impersonator }, onBehalfOf: [user] } : { actor: user };
}
