import type { FastifyInstance } from 'fastify';
import { accountByEmail, passwordOf, savePassword, saveProfile, type Profile } from './accounts.ts';
import { requestFields, changesOf, accountTarget } from './audit.ts';
import { formOf } from './form-schema.ts';
import { html } from './html.ts';
import { fieldsForm } from './layout.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import type { Shop } from './server.ts';
import { endOtherSessions } from './sessions.ts';
import { signedIn } from './visitor.ts';

/** Users' own profile and password. */
export function profileRoutes(server: FastifyInstance, { database, audit }: Shop): void {
  server.get('/profile', { config: { needs: 'customer' } }, (request, reply) => {
    const { name, email, phone, address, roles } = signedIn(request);
    const content = html` <p>${roles.map((role) => html`<span class="role">${role}</span> `)}</p>
      ${fieldsForm(request, '/profile', 'Save', [
        { name: 'name', label: 'Name', value: name, autocomplete: 'name' },
        { name: 'email', label: 'E-mail', type: 'email', value: email, autocomplete: 'email' },
        { name: 'phone', label: 'Phone', type: 'tel', value: phone, autocomplete: 'tel' },
        { name: 'address', label: 'Address', value: address, autocomplete: 'street-address' },
      ])}
      <h2>Password</h2>
      ${fieldsForm(request, '/profile/password', 'Change password', [
        { name: 'password', label: 'Current password', type: 'password', autocomplete: 'current-password' },
        { name: 'newPassword', label: 'New password (12 or more)', type: 'password', autocomplete: 'new-password' },
      ])}`;
    return reply.page('My profile', content);
  });

  server.post<{ Body: Profile }>(
    '/profile',
    { config: { operation: 'UpdateProfile', needs: 'customer' }, schema: formOf('name', 'email', 'phone', 'address') },
    async (request, reply) => {
      const account = signedIn(request);
      const { name, email, phone, address } = request.body;
      const after = { name, email, phone, address };
      const before = { name: account.name, email: account.email, phone: account.phone, address: account.address };
      const taken = await database.change(async (db) => {
        if ((accountByEmail(db, email)?.id ?? account.id) !== account.id) return true;
        saveProfile(db, account.id, after);
        await audit.record({
          action: 'user.updated',
          channel: 'users',
          description: `${account.name} changed their profile`,
          target: accountTarget(account),
          changes: changesOf(before, after),
          ...requestFields(request, { status: 303 }),
        });
        return false;
      });
      if (taken) {
        const back = html`<p><a href="/profile">Back</a></p>`;
        return reply
          .code(409)
          .page('My profile', back, { error: 'An account with this e-mail address already exists.' });
      }
      return reply.redirect('/profile?done=saved', 303);
    },
  );

  server.post<{ Body: { password: string; newPassword: string } }>(
    '/profile/password',
    { config: { operation: 'ChangePassword', needs: 'customer' }, schema: formOf('password', 'newPassword') },
    async (request, reply) => {
      const account = signedIn(request);
      const { password, newPassword } = request.body;
      const correct = await verifyPassword(password, passwordOf(database.read, account.id));
      const hash = await hashPassword(newPassword);
      await database.change(async (db) => {
        if (correct) {
          savePassword(db, account.id, hash);
          endOtherSessions(db, account.id, request.visitor.sessionId);
        }
        await audit.record({
          action: 'user.password_changed',
          channel: 'security',
          description: `${account.name} ${correct ? 'changed' : 'could not change'} their password`,
          target: accountTarget(account),
          ...(!correct && { error: { code: 'wrong_password', message: 'the current password was wrong' } }),
          ...requestFields(request, { status: correct ? 303 : 401 }),
        });
      });
      if (correct) return reply.redirect('/profile?done=saved', 303);
      const back = html`<p><a href="/profile">Back</a></p>`;
      return reply.code(401).page('My profile', back, { error: 'The current password is wrong.' });
    },
  );
}
