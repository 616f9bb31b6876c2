import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { accountById, type Account } from './accounts.ts';

export const SESSION_COOKIE = 'shop_session';

export function newCookie(): string {
  return randomBytes(32).toString('base64url');
}

export function isCookie(value: string | undefined): value is string {
  return value !== undefined && /^[\w-]{43}$/.test(value);
}

/** The name of a session in the database and in the trail: who reads it there cannot make the cookie from it. */
export function sessionIdOf(cookie: string): string {
  return createHash('sha256').update(cookie).digest('hex').slice(0, 32);
}

/** The token that a form of this visitor carries; another site can send the form, but does not know the token. */
export function formToken(secret: Buffer, cookie: string): string {
  return createHmac('sha256', secret).update(cookie).digest('base64url');
}

export function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Who is signed in in a session that has not ended. */
export function accountOfSession(db: DatabaseSync, sessionId: string): Account | undefined {
  const row = db.prepare('SELECT account_id FROM sessions WHERE id = ? AND expires > ?').get(sessionId, Date.now());
  return row && accountById(db, Number(row['account_id']));
}

export function startSession(db: DatabaseSync, sessionId: string, accountId: number, expires: number): void {
  db.prepare('INSERT INTO sessions (id, account_id, expires) VALUES (?, ?, ?)').run(sessionId, accountId, expires);
}

export function endSession(db: DatabaseSync, sessionId: string): void {
  db.prepare('DELETE FROM sessions WHERE id = ?').run(sessionId);
}

/** All sessions of an account but one: after its password changed. */
export function endOtherSessions(db: DatabaseSync, accountId: number, sessionId: string): void {
  db.prepare('DELETE FROM sessions WHERE account_id = ? AND id <> ?').run(accountId, sessionId);
}

export function expiredSessions(db: DatabaseSync): { id: string; account: Account }[] {
  return db
    .prepare('SELECT id, account_id FROM sessions WHERE expires <= ?')
    .all(Date.now())
    .flatMap(({ id, account_id }) => {
      const account = accountById(db, Number(account_id));
      return account ? [{ id: String(id), account }] : [];
    });
}
