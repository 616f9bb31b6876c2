import { DatabaseSync } from 'node:sqlite';
import { auditPlugin } from '@auditrail/sdk/better-auth'; // +
import { betterAuth, type BetterAuthOptions } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { admin, organization } from 'better-auth/plugins';
import type { RunAdapter } from './orders.ts';

const ORIGIN = 'http://localhost:3000';
const user = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' };

export const run: RunAdapter = async (audit) => {
  const options = {
    plugins: [organization(), admin(), auditPlugin(audit)], // +
    database: new DatabaseSync(':memory:'),
    baseURL: ORIGIN,
    secret: 'a secret that only this application has',
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
  } satisfies BetterAuthOptions;
  await (await getMigrations(options)).runMigrations();
  const auth = betterAuth(options);
  const cookies = new Map<string, string>();
  const post = async (path: string, body: object) => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const headers = { 'content-type': 'application/json', origin: ORIGIN, cookie };
    const request = new Request(`${ORIGIN}/api/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    for (const each of (await auth.handler(request)).headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(each) ?? [];
      cookies.set(name, value);
    }
  };
  await post('/sign-up/email', user);
  await post('/organization/create', { name: 'Apollo', slug: 'apollo' });
  await post('/admin/ban-user', { userId: audit.entries[0]?.actor.id });
  await post('/sign-out', {});
  await post('/sign-in/email', { ...user, password: 'a wrong password' });
  options.database.close();
};
