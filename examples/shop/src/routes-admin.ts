import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  accountById,
  grantRole,
  listAccounts,
  revokeRole,
  ROLES,
  saveFailures,
  type Account,
  type Role,
} from './accounts.ts';
import { requestFields, accountTarget } from './audit.ts';
import { formOf } from './form-schema.ts';
import { html } from './html.ts';
import { buttonForm, table } from './layout.ts';
import type { Shop } from './server.ts';
import { signedIn } from './visitor.ts';

// Administrators cannot revoke their own role: without an administrator nobody could grant it again.
const isOwnAdmin = (request: FastifyRequest, id: number, role: Role) => role === 'admin' && id === signedIn(request).id;

/** Roles and locked accounts, for administrators. */
export function adminRoutes(server: FastifyInstance, { database, audit }: Shop): void {
  server.get('/roles', { config: { needs: 'admin' } }, (request, reply) => {
    const roleButton = ({ id, roles }: Account, role: Role) =>
      isOwnAdmin(request, id, role)
        ? undefined
        : roles.includes(role)
          ? buttonForm(request, '/roles/revoke', `Revoke ${role}`, { account: id, role })
          : buttonForm(request, '/roles/grant', `Grant ${role}`, { account: id, role });
    const rows = listAccounts(database.read).map(
      (account) =>
        html`<tr>
          <td>${account.name}<br /><span class="muted">${account.email}</span></td>
          <td>${account.roles.map((role) => html`<span class="role">${role}</span> `)}</td>
          <td>
            ${ROLES.filter((role) => role !== 'customer').map((role) => html`${roleButton(account, role)} `)}
            ${account.lockedUntil > Date.now() && buttonForm(request, '/unlock', 'Unlock', { account: account.id })}
          </td>
        </tr>`,
    );
    return reply.page('Roles', table(['Account', 'Roles', 'Change'], rows));
  });

  for (const [verb, done] of [
    ['grant', 'granted'],
    ['revoke', 'revoked'],
  ] as const) {
    server.post<{ Body: { account: number; role: Role } }>(
      `/roles/${verb}`,
      {
        config: { operation: verb === 'grant' ? 'GrantRole' : 'RevokeRole', needs: 'admin' },
        schema: formOf('account', 'role'),
      },
      async (request, reply) => {
        const { account: id, role } = request.body;
        if (verb === 'revoke' && isOwnAdmin(request, id, role)) {
          const text = html`<p class="notice error">You cannot revoke your own admin role.</p>`;
          return reply.code(409).page('Not done', text);
        }
        await database.change(async (db) => {
          const account = accountById(db, id);
          // Nothing to change, so there is no entry.
          if (!account || account.roles.includes(role) === (verb === 'grant')) return;
          (verb === 'grant' ? grantRole : revokeRole)(db, id, role);
          const after = accountById(db, id)?.roles ?? [];
          await audit.record({
            action: `user.role.${done}`,
            channel: 'security',
            description: `${signedIn(request).name} ${done} the role ${role} ${verb === 'grant' ? 'to' : 'from'} ${account.name}`,
            target: accountTarget(account),
            // In `scope`, so that an alert rule can filter by role.
            scope: { role },
            changes: [{ path: 'roles', before: account.roles, after }],
            ...requestFields(request, { status: 303 }),
          });
        });
        return reply.redirect(`/roles?done=${done}`, 303);
      },
    );
  }

  server.post<{ Body: { account: number } }>(
    '/unlock',
    { config: { operation: 'UnlockAccount', needs: 'admin' }, schema: formOf('account') },
    async (request, reply) => {
      await database.change(async (db) => {
        const account = accountById(db, request.body.account);
        if (!account || account.lockedUntil === 0) return;
        saveFailures(db, account.id, 0, 0);
        await audit.record({
          action: 'user.unlocked',
          channel: 'security',
          description: `${signedIn(request).name} unlocked ${account.name}`,
          target: accountTarget(account),
          changes: [{ path: 'lockedUntil', before: new Date(account.lockedUntil).toISOString(), after: null }],
          ...requestFields(request, { status: 303 }),
        });
      });
      return reply.redirect('/roles?done=unlocked', 303);
    },
  );
}
