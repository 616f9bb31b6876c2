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

/** A session's id in the database and in audit entries. The cookie cannot be derived from it. */
export function sessionIdOf(cookie: string): string {
  return createHash('sha256').update(cookie).digest('hex').slice(0, 32);
}

/** The token in a visitor's forms. Other sites can send a form, but do not know the token. */
export function formToken(secret: Buffer, cookie: string): string {
  return createHmac('sha256', secret).update(cookie).digest('base64url');
}

export function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The signed-in account of a session that has not expired. */
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

/** Ends all sessions of an account except one, after a change of password. */
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
