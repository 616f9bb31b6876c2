import type { AuditEntryInput } from '@auditrail/core';
import { withRequest, type Recorder, type RequestLogger } from '../context/with-request.ts';
import { failedFields } from '../record/denial.ts';
import { signIn } from '../record/sign-in.ts';
import { callerOf, endpointOf, outcomeOf, requestOf, sourceOf, type AuthCall, type CallOutcome } from './auth-call.ts';
import { roleEntries, rowOf, targetOf, textOf, type AuthEntry, type AuthEvent, type Row } from './auth-event.ts';
import { AUTH_EVENTS } from './auth-events.ts';
import { userActor, type AuthSession } from './session-identity.ts';
import { accountOf, isSecondFactor, isSignIn, methodOf, namesAccount, pendingUser } from './sign-in-calls.ts';

/** What is read before a call, because the call can change or delete it. */
interface Before {
  session?: AuthSession | undefined;
  subject?: Row | undefined;
  /** The user who has to give a second factor, or who has a token for a new password. */
  user?: AuthSession['user'] | undefined;
  created?: boolean;
}

type User = AuthSession['user'] & Row;

/** Records the calls of one better-auth instance. */
export class AuthRecorder {
  readonly #audit: RequestLogger<Recorder>;
  readonly #events: Readonly<Record<string, AuthEvent | false>>;
  // Each call has a context of its own, which all hooks of the call get.
  readonly #calls = new WeakMap<object, Before>();

  constructor(audit: Recorder, events: Readonly<Record<string, AuthEvent | false>>) {
    this.#audit = withRequest(audit);
    this.#events = { ...AUTH_EVENTS, ...events };
  }

  /** Reads what the call can change. */
  async before(call: AuthCall): Promise<void> {
    const endpoint = endpointOf(call);
    const event = this.#events[endpoint];
    if (!event && !isSecondFactor(endpoint) && !isSignIn(endpoint)) return;
    const before: Before = {};
    this.#calls.set(call.context, before);
    const { authCookies, secret, internalAdapter, adapter } = call.context;
    const token = await call.getSignedCookie(authCookies.sessionToken.name, secret);
    before.session = (token && (await internalAdapter.findSession(token))) || undefined;
    if (event && event.subject) {
      const [model, idMember] = event.subject;
      const id = textOf(rowOf(call.body)[idMember]);
      if (id)
        before.subject = (await adapter.findOne<Row>({ model, where: [{ field: 'id', value: id }] })) ?? undefined;
    }
    before.user = await pendingUser(call, endpoint);
  }

  /** Records what the call did. */
  async after(call: AuthCall): Promise<void> {
    const endpoint = endpointOf(call);
    const event = this.#events[endpoint];
    if (event === false) return;
    const before = this.#calls.get(call.context) ?? {};
    const outcome = outcomeOf(call);
    const session = (call.context.session as AuthSession | null) ?? before.session;
    if (event) await this.#recordEvent(call, event, outcome, before, session);
    if (isSecondFactor(endpoint) && before.session) return this.#setUpSecondFactor(call, outcome, before.session);
    await this.#recordSignIn(call, endpoint, outcome, before, event !== undefined);
  }

  async #recordEvent(
    call: AuthCall,
    { entries }: AuthEvent,
    outcome: CallOutcome,
    { subject, user }: Before,
    known: AuthSession | undefined,
  ): Promise<void> {
    const session = known ?? (user && { user, session: {} });
    const facts = { body: rowOf(call.body), result: outcome.result, subject, session, failed: !!outcome.error };
    for (const entry of entries(facts)) await this.#record(call, entry, session, outcome);
  }

  async #recordSignIn(
    call: AuthCall,
    endpoint: string,
    { error, status, result }: CallOutcome,
    before: Before,
    hasEvent: boolean,
  ): Promise<void> {
    const { newSession } = call.context;
    const method = methodOf(call, endpoint);
    const details = (session?: AuthSession) => ({ method, ...sourceOf(call, session), ...requestOf(call, status) });
    if (newSession) {
      // Endpoints that change a session, such as those for passwords, also have a new one.
      if (hasEvent && endpoint !== '/sign-up/email') return;
      if (newSession.session.token === before.session?.session.token) return;
      await signIn.success(this.#audit, { actor: userActor(newSession.user), ...details(newSession) });
    } else if (error && isSecondFactor(endpoint)) {
      const actor = before.user ? userActor(before.user) : ({ type: 'user' } as const);
      await signIn.mfaFailed(this.#audit, { actor, error, ...details() });
    } else if (error && isSignIn(endpoint)) {
      const actor = await accountOf(call, endpoint);
      const code = 'id' in actor || !namesAccount(call, endpoint) ? error.code : 'UNKNOWN_USER';
      await signIn.failure(this.#audit, { actor, error: { message: error.message, code }, ...details() });
    } else if (result.twoFactorRedirect === true) {
      await signIn.mfaChallenged(this.#audit, { actor: await accountOf(call, endpoint), ...details() });
    }
  }

  // A code from a user who is signed in turns the second factor on, or confirms that the user still has it.
  async #setUpSecondFactor(call: AuthCall, outcome: CallOutcome, session: AuthSession): Promise<void> {
    const enabled = (session.user as User).twoFactorEnabled === true;
    const entry: AuthEntry = enabled
      ? { action: 'user.mfa.verified', text: 'confirmed the second factor' }
      : { action: 'user.mfa.enabled', text: 'turned on the second factor', channel: 'security' };
    const target = targetOf('user', session.user.id, session.user.name);
    await this.#record(call, { channel: 'auth', ...entry, ...target }, session, outcome);
  }

  /** A user was created, in whatever way: sign-up, another service, an administrator. */
  async userCreated(user: User, call: AuthCall | null): Promise<void> {
    const session = (call?.context.session as AuthSession | null) ?? undefined;
    const target = targetOf('user', user.id, user.name || user.email);
    const by = session ?? { user, session: {} };
    const text = session ? `created the user ${user.name || user.email || user.id}` : 'signed up';
    await this.#record(call, { action: 'user.created', text, channel: 'auth', ...target }, by);
    const before = call && this.#calls.get(call.context);
    if (before) before.created = true;
    if (!session) return;
    const role = rowOf(call?.body).role === undefined ? undefined : user.role;
    for (const entry of roleEntries(undefined, role, target)) await this.#record(call, entry, session);
  }

  /** A user was deleted, by an administrator or on the user's own wish. */
  async userDeleted(user: User, call: AuthCall | null): Promise<void> {
    const name = user.name || user.email || user.id;
    const session = (call?.context.session as AuthSession | null) ?? undefined;
    const entry = { action: 'user.deleted', text: `deleted the user ${name}`, channel: 'auth' };
    await this.#record(call, { ...entry, ...targetOf('user', user.id, name) }, session);
  }

  /** An account of another service was linked to a user who already exists. */
  async accountLinked(account: Row, call: AuthCall | null): Promise<void> {
    const before = call && this.#calls.get(call.context);
    if (account.providerId === 'credential' || before?.created) return;
    const user = await call?.context.internalAdapter.findUserById(String(account.userId));
    if (!user) return;
    const session = (call?.context.session as AuthSession | null) ?? before?.session ?? { user, session: {} };
    const entry = { action: 'user.account_linked', text: 'linked an account', channel: 'auth' };
    const properties = { providerId: String(account.providerId) };
    await this.#record(call, { ...entry, properties, ...targetOf('user', user.id, user.name) }, session);
  }

  async #record(
    call: AuthCall | null,
    { text, ...entry }: AuthEntry,
    session: AuthSession | undefined,
    { error, status }: Omit<CallOutcome, 'result'> = {},
  ): Promise<void> {
    const who = call
      ? await callerOf(call, session)
      : { actor: { type: 'system', id: 'better-auth', name: 'better-auth' } as const };
    const { name, email, id }: AuditEntryInput['actor'] = who.actor;
    const known = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
    await this.#audit.record({
      ...(known as typeof entry),
      ...who,
      description: `${name ?? email ?? id ?? 'Somebody'} ${text}${error ? ' (failed)' : ''}`,
      ...(error && failedFields(error, status)),
      ...(call && { ...sourceOf(call, session), ...requestOf(call, status) }),
    });
  }
}
