import { createHmac } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { apiKey } from '@better-auth/api-key';
import { passkey } from '@better-auth/passkey';
import { betterAuth, type BetterAuthOptions } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { admin, magicLink, organization, twoFactor } from 'better-auth/plugins';
import { runWithContext } from '../context/index.ts';
import { memoryAudit, type MemoryAudit } from '../logger/testing.ts';
import { softwarePasskey } from '../testing/software-passkey.ts';
import { auditPlugin, sessionIdentity } from './index.ts';

// A real better-auth on Node's SQLite, called as a browser calls it.
const ORIGIN = 'http://localhost:3000';
const PASSWORD = 'correct horse battery';
const ada = { email: 'ada@example.com', name: 'Ada', password: PASSWORD };

let audit: MemoryAudit;
const create = (options: BetterAuthOptions) => betterAuth(options);
let auth: ReturnType<typeof create>;
let database: DatabaseSync;
const resetTokens: string[] = [];
const logged: string[] = [];
const log = { warn: () => undefined, error: (message: string) => logged.push(message) };

async function start(plugins?: BetterAuthOptions['plugins']) {
  logged.length = 0;
  database = new DatabaseSync(':memory:');
  const options = {
    database,
    baseURL: ORIGIN,
    secret: 'a secret that only this test has, and nobody else',
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: {
      enabled: true,
      sendResetPassword: ({ token }: { token: string }) => {
        resetTokens.push(token);
        return Promise.resolve();
      },
    },
    user: { deleteUser: { enabled: true } },
    advanced: { ipAddress: { trustedProxies: ['10.0.0.0/8'] } },
    plugins: plugins ?? [organization(), admin(), twoFactor(), passkey(), apiKey(), auditPlugin(audit, { log })],
  } satisfies BetterAuthOptions;
  await (await getMigrations(options)).runMigrations();
  auth = create(options);
  return auth;
}
beforeEach(() => {
  audit = memoryAudit();
  return start();
});
afterEach(() => database.close());

/** A browser: it keeps cookies, and reports the entries of each request. */
class Browser {
  readonly #cookies = new Map<string, string>();

  get cookie(): string {
    return [...this.#cookies].map((pair) => pair.join('=')).join('; ');
  }

  async post(path: string, body: object = {}, method = 'POST') {
    const from = audit.entries.length;
    const response = await auth.handler(
      new Request(`${ORIGIN}/api/auth${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Browser 1',
          'x-forwarded-for': '203.0.113.9, 2001:db8::7, 10.0.0.2',
          origin: ORIGIN,
          cookie: this.cookie,
        },
        ...(method === 'POST' && { body: JSON.stringify(body) }),
      }),
    );
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/max-age=0/i.test(cookie)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    const text = await response.text();
    const json = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>;
    return { status: response.status, json, entries: audit.entries.slice(from) };
  }
}

const signedUp = async (who = ada) => {
  const browser = new Browser();
  const { json } = await browser.post('/sign-up/email', who);
  return { browser, id: (json as { user: { id: string } }).user.id };
};
const makeAdmin = (id: string) => database.prepare(`UPDATE user SET role = 'admin' WHERE id = ?`).run(id);

test('sign-up, sign-in and sign-out', async () => {
  const browser = new Browser();
  const signUp = await browser.post('/sign-up/email', ada);
  const { id } = (signUp.json as { user: { id: string } }).user;
  const actor = { type: 'user', id, name: 'Ada', email: 'ada@example.com' };
  // The address comes from the trusted proxy, and is not cut as better-auth does it.
  const source = { ip: '2001:db8::7', userAgent: 'Browser 1', sessionId: expect.stringMatching(/^[0-9a-f]{32}$/) };
  expect(signUp.entries).toMatchObject([
    { action: 'user.created', actor, target: { type: 'user', id }, description: 'Ada signed up' },
    { action: 'user.login', outcome: 'success', actor, source, properties: { method: 'sign-up' } },
  ]);
  expect((await browser.post('/sign-out')).entries).toMatchObject([
    {
      action: 'user.logout',
      channel: 'auth',
      description: 'Ada signed out',
      actor,
      source,
      request: { method: 'POST', endpoint: '/api/auth/sign-out' },
    },
  ]);
  expect((await browser.post('/sign-in/email', ada)).entries).toMatchObject([
    { action: 'user.login', outcome: 'success', actor, source, properties: { method: 'password' } },
  ]);
  expect((await browser.post('/get-session', {}, 'GET')).entries).toEqual([]);
  expect(JSON.stringify(audit.entries)).not.toContain(PASSWORD);
});

test('failed sign-ins: wrong password, unknown user, a password in the field for the address', async () => {
  const { id } = await signedUp();
  const browser = new Browser();
  const wrong = await browser.post('/sign-in/email', { ...ada, password: 'not the password' });
  expect(wrong.status).toBe(401);
  expect(wrong.entries).toMatchObject([
    {
      action: 'user.login',
      outcome: 'failure',
      actor: { type: 'user', id, email: 'ada@example.com' },
      error: { code: 'INVALID_EMAIL_OR_PASSWORD', message: 'Invalid email or password' },
      source: { ip: '2001:db8::7' },
      request: { status: 401, endpoint: '/api/auth/sign-in/email' },
    },
  ]);
  // Members that the endpoint does not read name nobody else, and do not suppress the entry.
  const decoy = await browser.post('/sign-in/email', { ...ada, password: 'x', username: 'ceo', phoneNumber: '1' });
  expect(decoy.entries).toMatchObject([{ outcome: 'failure', actor: { id } }]);
  const passkey = await browser.post('/passkey/verify-authentication', {
    response: {},
    email: ada.email,
    username: 'x',
  });
  for (const { actor } of passkey.entries) expect(actor).not.toHaveProperty('id');
  const unknown = await browser.post('/sign-in/email', { email: 'Eve@example.com', password: 'not the password' });
  expect(unknown.entries).toMatchObject([
    { action: 'user.login', outcome: 'failure', actor: { email: 'eve@example.com' }, error: { code: 'UNKNOWN_USER' } },
  ]);
  const typed = await browser.post('/sign-in/email', { email: PASSWORD, password: 'x' });
  expect(typed.entries).toMatchObject([{ action: 'user.login', outcome: 'failure' }]);
  expect(typed.entries[0]?.actor).toEqual({ type: 'user' });
});

test('passwords: changed, wrong, requested and reset', async () => {
  const { browser, id } = await signedUp();
  const change = { currentPassword: PASSWORD, newPassword: 'another long password', revokeOtherSessions: true };
  expect((await browser.post('/change-password', change)).entries).toMatchObject([
    { action: 'user.password_changed', outcome: 'success', actor: { id }, target: { id } },
  ]);
  expect((await browser.post('/change-password', change)).entries).toMatchObject([
    { action: 'user.password_changed', outcome: 'failure', actor: { id }, error: { code: 'INVALID_PASSWORD' } },
  ]);
  const anybody = new Browser();
  expect((await anybody.post('/request-password-reset', { email: ada.email })).entries).toMatchObject([
    { action: 'user.password_reset_requested', actor: { type: 'user' }, target: { type: 'user', name: ada.email } },
  ]);
  const token = resetTokens.pop() ?? '';
  const reset = await anybody.post('/reset-password', { token, newPassword: 'a third long password' });
  expect(reset.entries).toMatchObject([{ action: 'user.password_reset', outcome: 'success', actor: { id } }]);
  const again = await anybody.post('/reset-password', { token, newPassword: 'a third long password' });
  expect(again.entries).toMatchObject([{ action: 'user.password_reset', outcome: 'failure' }]);
  expect(again.entries[0]?.actor).toEqual({ type: 'user' });
  expect(JSON.stringify(audit.entries)).not.toMatch(new RegExp(`long password|${token}`));
});

// RFC 6238, as an authenticator app does it.
function totp(uri: string): string {
  let bits = '';
  for (const c of new URL(uri).searchParams.get('secret') ?? '') {
    bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
  }
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('second factor: set up, asked for, wrong, right, turned off', async () => {
  const { browser, id } = await signedUp();
  const started = await browser.post('/two-factor/enable', { password: PASSWORD });
  expect(started.entries).toMatchObject([{ action: 'user.mfa.setup_started', actor: { id } }]);
  const uri = (started.json as { totpURI: string }).totpURI;
  expect((await browser.post('/two-factor/verify-totp', { code: totp(uri) })).entries).toMatchObject([
    { action: 'user.mfa.enabled', channel: 'security', outcome: 'success', actor: { id }, target: { id } },
  ]);
  await browser.post('/sign-out');

  expect((await browser.post('/sign-in/email', ada)).entries).toMatchObject([
    { action: 'user.mfa.challenged', actor: { id } },
  ]);
  const wrong = String((Number(totp(uri)) + 1) % 1_000_000).padStart(6, '0');
  expect((await browser.post('/two-factor/verify-totp', { code: wrong })).entries).toMatchObject([
    {
      action: 'user.login',
      event: 'mfa_failed',
      outcome: 'failure',
      actor: { id, email: ada.email },
      error: { code: 'INVALID_CODE' },
      properties: { method: 'totp' },
    },
  ]);
  expect((await browser.post('/two-factor/verify-totp', { code: totp(uri) })).entries).toMatchObject([
    { action: 'user.login', outcome: 'success', actor: { id }, properties: { method: 'totp' } },
  ]);
  expect((await browser.post('/two-factor/disable', { password: PASSWORD })).entries).toMatchObject([
    { action: 'user.mfa.disabled', channel: 'security', actor: { id } },
  ]);
  expect(JSON.stringify(audit.entries)).not.toContain(new URL(uri).searchParams.get('secret'));
});

test('administrators: roles, bans, and acting as another user', async () => {
  const { browser: boss, id: bossId } = await signedUp({ ...ada, email: 'boss@example.com', name: 'Boss' });
  makeAdmin(bossId);
  const { browser: user, id } = await signedUp();
  const target = { type: 'user', id, name: 'Ada' };

  const refused = await user.post('/admin/set-role', { userId: bossId, role: 'admin' });
  expect(refused.status).toBe(403);
  expect(refused.entries).toMatchObject([
    {
      action: 'user.role.granted',
      event: 'denied',
      outcome: 'failure',
      error: { code: 'DENIED', message: expect.stringMatching(/not allowed/i) },
      actor: { id },
      target: { id: bossId },
      scope: { role: 'admin' },
    },
  ]);

  expect((await boss.post('/admin/set-role', { userId: id, role: 'admin' })).entries).toMatchObject([
    {
      action: 'user.role.granted',
      channel: 'security',
      actor: { id: bossId },
      target,
      scope: { role: 'admin' },
      changes: [{ path: 'role', before: 'user', after: 'admin' }],
    },
    { action: 'user.role.revoked', scope: { role: 'user' } },
  ]);
  await boss.post('/admin/set-role', { userId: id, role: 'user' });
  expect((await boss.post('/admin/ban-user', { userId: id, banReason: 'Ticket 7' })).entries).toMatchObject([
    { action: 'user.banned', actor: { id: bossId }, target, reason: 'Ticket 7', description: 'Boss banned Ada' },
  ]);
  expect((await boss.post('/admin/unban-user', { userId: id })).entries).toMatchObject([{ action: 'user.unbanned' }]);

  expect((await boss.post('/admin/impersonate-user', { userId: id })).entries).toMatchObject([
    { action: 'user.impersonation_started', actor: { id: bossId, name: 'Boss' }, target },
  ]);
  const changed = await boss.post('/update-user', { name: 'Ada L.' });
  expect(changed.entries).toMatchObject([
    {
      action: 'user.updated',
      actor: { id: bossId, name: 'Boss', email: 'boss@example.com' },
      onBehalfOf: [{ type: 'user', id, name: 'Ada' }],
      changes: [{ path: 'name', before: 'Ada', after: 'Ada L.' }],
    },
  ]);
  expect((await boss.post('/admin/stop-impersonating')).entries).toMatchObject([
    { action: 'user.impersonation_ended', actor: { id: bossId }, onBehalfOf: [{ id }], target: { id } },
  ]);

  const made = await boss.post('/admin/create-user', { ...ada, email: 'new@example.com', role: 'admin' });
  expect(made.entries).toMatchObject([
    { action: 'user.created', actor: { id: bossId } },
    { action: 'user.role.granted', scope: { role: 'admin' }, actor: { id: bossId } },
  ]);
  expect((await boss.post('/admin/remove-user', { userId: id })).entries).toMatchObject([
    { action: 'user.deleted', actor: { id: bossId }, target: { id } },
  ]);
});

test('organizations: members and roles', async () => {
  const { browser: owner, id: ownerId } = await signedUp({ ...ada, email: 'owner@example.com', name: 'Owner' });
  const { browser: member, id } = await signedUp();
  const created = await owner.post('/organization/create', { name: 'Apollo', slug: 'apollo' });
  const organizationId = (created.json as { id: string }).id;
  const scope = { organization: organizationId };
  expect(created.entries).toMatchObject([
    { action: 'organization.created', actor: { id: ownerId }, scope, target: { id: organizationId, name: 'Apollo' } },
  ]);
  const invited = await owner.post('/organization/invite-member', { email: ada.email, role: 'member', organizationId });
  expect(invited.entries).toMatchObject([
    {
      action: 'organization.member_invited',
      scope,
      target: { name: ada.email },
      properties: { email: ada.email, role: 'member' },
    },
  ]);
  const joined = await member.post('/organization/accept-invitation', {
    invitationId: (invited.json as { id: string }).id,
  });
  expect(joined.entries).toMatchObject([
    { action: 'organization.member_joined', scope, actor: { id }, target: { type: 'user', id } },
  ]);
  const memberId = (joined.json as { member: { id: string } }).member.id;
  const promoted = await owner.post('/organization/update-member-role', { memberId, role: 'admin', organizationId });
  expect(promoted.entries).toMatchObject([
    {
      action: 'organization.role_changed',
      channel: 'security',
      scope,
      target: { type: 'user', id },
      changes: [{ path: 'role', before: 'member', after: 'admin' }],
    },
  ]);
  const removed = await owner.post('/organization/remove-member', { memberIdOrEmail: memberId, organizationId });
  expect(removed.entries).toMatchObject([{ action: 'organization.member_removed', scope, target: { id } }]);
});

test('API keys, without their secrets', async () => {
  const { browser, id } = await signedUp();
  const created = await browser.post('/api-key/create', { name: 'ci' });
  const { key, id: keyId } = created.json as { key: string; id: string };
  expect(created.entries).toMatchObject([
    {
      action: 'api_key.created',
      channel: 'security',
      actor: { id },
      target: { type: 'api_key', id: keyId, name: 'ci' },
    },
  ]);
  expect((await browser.post('/api-key/update', { keyId, name: 'build' })).entries).toMatchObject([
    { action: 'api_key.updated', changes: [{ path: 'name', before: 'ci', after: 'build' }] },
  ]);
  expect((await browser.post('/api-key/delete', { keyId })).entries).toMatchObject([
    { action: 'api_key.deleted', target: { id: keyId, name: 'build' } },
  ]);
  expect(JSON.stringify(audit.entries)).not.toContain(key);
});

test('passkeys: added, used to sign in, refused, deleted', async () => {
  const { browser, id } = await signedUp();
  const key = softwarePasskey('localhost', ORIGIN);
  const challengeOf = (json: Record<string, unknown>) => String(json['challenge']);
  const asked = await browser.post('/passkey/generate-register-options', {}, 'GET');
  const added = await browser.post('/passkey/verify-registration', {
    response: key.register(challengeOf(asked.json)),
    name: 'Laptop',
  });
  const passkeyId = String(added.json['id']);
  const target = { type: 'passkey', id: passkeyId, name: 'Laptop' };
  expect(added.entries).toMatchObject([
    { action: 'user.passkey.created', channel: 'security', outcome: 'success', actor: { id }, target },
  ]);

  const visitor = new Browser();
  const challenge = await visitor.post('/passkey/generate-authenticate-options', {}, 'GET');
  const response = key.signIn(challengeOf(challenge.json));
  expect((await visitor.post('/passkey/verify-authentication', { response })).entries).toMatchObject([
    { action: 'user.login', outcome: 'success', actor: { id, email: ada.email }, properties: { method: 'passkey' } },
  ]);
  // The challenge is used up.
  expect((await new Browser().post('/passkey/verify-authentication', { response })).entries).toMatchObject([
    {
      action: 'user.login',
      outcome: 'failure',
      actor: { type: 'user' },
      error: { code: 'CHALLENGE_NOT_FOUND' },
      properties: { method: 'passkey' },
    },
  ]);
  expect((await browser.post('/passkey/delete-passkey', { id: passkeyId })).entries).toMatchObject([
    { action: 'user.passkey.deleted', actor: { id }, target },
  ]);
});

test('a magic link: its redirect tells success and failure apart', async () => {
  let link = '';
  const sendMagicLink = ({ token }: { token: string }) =>
    void (link = `/magic-link/verify?token=${token}&callbackURL=/`);
  database.close();
  await start([magicLink({ sendMagicLink }), auditPlugin(audit, { log })]);
  const browser = new Browser();
  await browser.post('/sign-in/magic-link', { email: ada.email, name: 'Ada' });
  expect(audit.entries).toEqual([]);
  const used = await browser.post(link, {}, 'GET');
  expect(used.status).toBe(302);
  expect(used.entries).toMatchObject([
    { action: 'user.created', actor: { email: ada.email } },
    { action: 'user.login', outcome: 'success', actor: { email: ada.email }, properties: { method: 'magic-link' } },
  ]);
  const again = await new Browser().post(link, {}, 'GET');
  expect(again.status).toBe(302);
  expect(again.entries).toMatchObject([
    {
      action: 'user.login',
      outcome: 'failure',
      actor: { type: 'user' },
      error: { code: 'INVALID_TOKEN' },
      request: { endpoint: '/api/auth/magic-link/verify', status: 302 },
    },
  ]);
  expect(JSON.stringify(audit.entries)).not.toContain(new URL(link, ORIGIN).searchParams.get('token'));
});

test('a user deletes the own account', async () => {
  const { browser, id } = await signedUp();
  expect((await browser.post('/delete-user', { password: 'wrong password' })).entries).toMatchObject([
    { action: 'user.deleted', outcome: 'failure', actor: { id } },
  ]);
  expect((await browser.post('/delete-user', { password: PASSWORD })).entries).toMatchObject([
    { action: 'user.deleted', outcome: 'success', actor: { id }, target: { id } },
  ]);
});

test('the address of the application is better than a header', async () => {
  const { entries } = await runWithContext({ source: { ip: '192.0.2.1' } }, () =>
    new Browser().post('/sign-up/email', ada),
  );
  expect(entries.map(({ source }) => source?.ip)).toEqual(['192.0.2.1', '192.0.2.1']);
});

test('an entry that cannot be stored is logged, and the request continues', async () => {
  audit.fail = new Error('the spool is full');
  const { status } = await new Browser().post('/sign-up/email', ada);
  expect(status).toBe(200);
  expect(logged).toEqual([
    'auditrail: an entry of /sign-up/email was not recorded: Error: the spool is full',
    'auditrail: an entry of /sign-up/email was not recorded: Error: the spool is full',
  ]);
});

test('a plugin before twoFactor() would record sign-ins too early: it is refused', async () => {
  await expect(
    start([auditPlugin(audit), twoFactor()]).then(() => new Browser().post('/sign-up/email', ada)),
  ).rejects.toThrow('put it after twoFactor()');
});

test('sessionIdentity names the user, or the administrator behind an impersonation', async () => {
  const { browser: boss, id: bossId } = await signedUp({ ...ada, email: 'boss@example.com', name: 'Boss' });
  makeAdmin(bossId);
  const { id } = await signedUp();
  const identity = async () => {
    const session = await auth.api.getSession({ headers: new Headers({ cookie: boss.cookie }) });
    return session && sessionIdentity(auth, session);
  };
  const administrator = { type: 'user', id: bossId, name: 'Boss', email: 'boss@example.com' };
  expect(await identity()).toEqual({ actor: administrator });
  await boss.post('/admin/impersonate-user', { userId: id });
  const onBehalfOf = [{ type: 'user', id, name: 'Ada', email: ada.email }];
  expect(await identity()).toEqual({ actor: administrator, onBehalfOf });
  database.prepare('DELETE FROM user WHERE id = ?').run(bossId);
  expect(await identity()).toEqual({ actor: { type: 'user', id: bossId }, onBehalfOf });
});
