import type { DatabaseSync } from 'node:sqlite';

export const ROLES = ['customer', 'staff', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface Account {
  id: number;
  email: string;
  name: string;
  phone: string;
  address: string;
  roles: Role[];
  /** Number of wrong passwords since the last sign-in. */
  failures: number;
  /** Milliseconds since 1970; 0 if not locked. */
  lockedUntil: number;
}

/** The fields that users can edit and staff can view. */
export type Profile = Pick<Account, 'name' | 'email' | 'phone' | 'address'>;

const SELECT = `SELECT id, email, name, phone, address, failures, locked_until AS lockedUntil,
  (SELECT group_concat(role) FROM account_roles WHERE account_id = id) AS roles FROM accounts`;

type Row = Omit<Account, 'roles'> & { roles: string | null };

function toAccount(row: unknown): Account | undefined {
  if (!row) return undefined;
  const { roles, ...rest } = row as Row;
  const held = (roles ?? '').split(',');
  return { ...rest, roles: ROLES.filter((role) => held.includes(role)) };
}

export function accountById(db: DatabaseSync, id: number): Account | undefined {
  return toAccount(db.prepare(`${SELECT} WHERE id = ?`).get(id));
}

export function accountByEmail(db: DatabaseSync, email: string): Account | undefined {
  return toAccount(db.prepare(`${SELECT} WHERE email = ?`).get(email));
}

export function listAccounts(db: DatabaseSync): Account[] {
  return db
    .prepare(`${SELECT} ORDER BY id`)
    .all()
    .flatMap((row) => toAccount(row) ?? []);
}

export function passwordOf(db: DatabaseSync, id: number): string | undefined {
  return db.prepare('SELECT password FROM accounts WHERE id = ?').get(id)?.['password'] as string | undefined;
}

/** @returns the new account's id */
export function addAccount(db: DatabaseSync, { email, name, phone, address }: Profile, hash: string): number {
  const { lastInsertRowid } = db
    .prepare('INSERT INTO accounts (email, name, phone, address, password) VALUES (?, ?, ?, ?, ?)')
    .run(email, name, phone, address, hash);
  return Number(lastInsertRowid);
}

export function saveProfile(db: DatabaseSync, id: number, { email, name, phone, address }: Profile): void {
  db.prepare('UPDATE accounts SET email = ?, name = ?, phone = ?, address = ? WHERE id = ?') //
    .run(email, name, phone, address, id);
}

export function savePassword(db: DatabaseSync, id: number, hash: string): void {
  db.prepare('UPDATE accounts SET password = ? WHERE id = ?').run(hash, id);
}

export function saveFailures(db: DatabaseSync, id: number, failures: number, lockedUntil: number): void {
  db.prepare('UPDATE accounts SET failures = ?, locked_until = ? WHERE id = ?').run(failures, lockedUntil, id);
}

export function grantRole(db: DatabaseSync, id: number, role: Role): void {
  db.prepare('INSERT OR IGNORE INTO account_roles (account_id, role) VALUES (?, ?)').run(id, role);
}

export function revokeRole(db: DatabaseSync, id: number, role: Role): void {
  db.prepare('DELETE FROM account_roles WHERE account_id = ? AND role = ?').run(id, role);
}

/** Whether the account has this role or a higher one. */
export function mayActAs(account: Account, role: Role): boolean {
  return account.roles.some((held) => ROLES.indexOf(held) >= ROLES.indexOf(role));
}
