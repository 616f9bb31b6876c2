import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountByEmail, addAccount, grantRole, type Profile } from './accounts.ts';
import { requestFields, changesOf, accountActor, accountTarget } from './audit.ts';
import { formOf } from './form-schema.ts';
import { html } from './html.ts';
import { fieldsForm } from './layout.ts';
import { hashPassword } from './passwords.ts';
import type { Shop } from './server.ts';
import { endSession, newCookie, sessionIdOf, startSession } from './sessions.ts';
import { signIn } from './sign-in.ts';
import { renewCookie } from './visitor.ts';

function signInPage(request: FastifyRequest, reply: FastifyReply, email = '', error?: string) {
  const form = fieldsForm(request, '/login', 'Sign in', [
    { name: 'email', label: 'E-mail', type: 'email', value: email, autocomplete: 'username' },
    { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
  ]);
  return reply.page('Sign in', form, error === undefined ? {} : { error });
}

/** Sign-in, sign-out and new accounts. */
export function signInRoutes(server: FastifyInstance, shop: Shop): void {
  const { database, audit, sessionMs } = shop;

  server.get('/login', (request, reply) => signInPage(request, reply));

  server.post<{ Body: { email: string; password: string } }>(
    '/login',
    { config: { operation: 'SignIn' }, schema: formOf('email', 'password') },
    async (request, reply) => {
      const { email, password } = request.body;
      const cookie = await signIn(shop, request, email, password);
      if (cookie === undefined) {
        return signInPage(request, reply.code(401), email, 'Wrong e-mail or password, or the account is locked.');
      }
      renewCookie(request, reply, cookie);
      return reply.redirect('/', 303);
    },
  );

  server.post('/logout', { config: { operation: 'SignOut', needs: 'customer' } }, async (request, reply) => {
    const { account, sessionId } = request.visitor;
    await database.change(async (db) => {
      endSession(db, sessionId);
      await audit.record({
        action: 'user.logout',
        channel: 'auth',
        description: `${account?.name} signed out`,
        ...requestFields(request, { status: 303 }),
      });
    });
    renewCookie(request, reply);
    return reply.redirect('/?done=signed-out', 303);
  });

  server.get('/signup', (request, reply) =>
    reply.page(
      'Create account',
      fieldsForm(request, '/signup', 'Create account', [
        { name: 'name', label: 'Name', autocomplete: 'name' },
        { name: 'email', label: 'E-mail', type: 'email', autocomplete: 'username' },
        { name: 'phone', label: 'Phone', type: 'tel', autocomplete: 'tel' },
        { name: 'address', label: 'Address', autocomplete: 'street-address' },
        {
          name: 'newPassword',
          label: 'Password (12 characters or more)',
          type: 'password',
          autocomplete: 'new-password',
        },
      ]),
    ),
  );

  server.post<{ Body: Profile & { newPassword: string } }>(
    '/signup',
    { config: { operation: 'CreateAccount' }, schema: formOf('name', 'email', 'phone', 'address', 'newPassword') },
    async (request, reply) => {
      const { name, email, phone, address, newPassword } = request.body;
      const profile = { name, email, phone, address };
      const hash = await hashPassword(newPassword);
      const cookie = newCookie();
      const taken = await database.change(async (db) => {
        if (accountByEmail(db, email)) return true;
        grantRole(db, addAccount(db, profile, hash), 'customer');
        const account = accountByEmail(db, email);
        if (!account) throw new Error(`the account ${email} was not stored`);
        startSession(db, sessionIdOf(cookie), account.id, Date.now() + sessionMs);
        await audit.record({
          action: 'user.created',
          channel: 'security',
          description: `${name} created an account`,
          target: accountTarget(account),
          changes: changesOf(undefined, profile),
          ...requestFields(request, { status: 303, actor: accountActor(account), sessionId: sessionIdOf(cookie) }),
        });
        return false;
      });
      if (taken) {
        const text = html`<p><a href="/signup">Try again</a></p>`;
        return reply
          .code(409)
          .page('Create account', text, { error: 'An account with this e-mail address already exists.' });
      }
      renewCookie(request, reply, cookie);
      return reply.redirect('/', 303);
    },
  );
}
