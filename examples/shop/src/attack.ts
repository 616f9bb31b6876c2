import { setTimeout as sleep } from 'node:timers/promises';
import { assertLoopback, Person } from './person.ts';
import type { SeedAccount } from './seed.ts';
import { FAILURES_ALLOWED } from './sign-in.ts';
import { personOf } from './traffic.ts';

/** The attacks; each ends by itself. */
export const ATTACKS = ['brute-force', 'spray', 'takeover', 'privilege'] as const;
export type AttackKind = (typeof ATTACKS)[number];

export interface AttackOptions {
  /** The URL of a shop on this machine, started with `trustProxy`. */
  url: string;
  kind: AttackKind;
  accounts: SeedAccount[];
  /** Milliseconds between attempts. Default: 200. */
  pauseMs?: number;
}

const TOOL = 'python-requests/2.32.5';

function byRole(accounts: SeedAccount[], role: 'customer' | 'admin', fromEnd = 0): SeedAccount {
  const found = accounts.filter(({ roles }) => roles.at(-1) === role).at(-1 - fromEnd);
  if (!found) throw new Error(`the attack needs more accounts whose highest role is ${role}`);
  return found;
}

async function guess(attacker: Person, attempts: number, pauseMs: number): Promise<void> {
  for (let i = 0; i < attempts; i += 1) {
    await attacker.signIn(`guess-${i}`);
    await sleep(pauseMs);
  }
}

/** Guesses passwords of several accounts, few enough to avoid the lock, then signs in as the victim. */
async function takeOver(
  { url, accounts, pauseMs = 200 }: AttackOptions,
  ip: string,
  victim: SeedAccount,
): Promise<Person> {
  const others = accounts.filter((account) => account !== victim).slice(-3);
  for (const account of [...others, victim]) {
    await guess(new Person(url, account, ip, TOOL), FAILURES_ALLOWED - 1, pauseMs);
  }
  const attacker = new Person(url, victim, ip, TOOL);
  if (!(await attacker.signIn())) {
    throw new Error(`cannot sign in as ${victim.email}: if the account is locked, try again when the lock ends`);
  }
  return attacker;
}

async function escalatePrivileges(options: AttackOptions): Promise<void> {
  const { url, accounts } = options;
  const admin = byRole(accounts, 'admin');
  const attacker = await takeOver(options, '203.0.113.44', admin);
  const accomplice = byRole(accounts, 'customer', 1);
  const { text } = await attacker.open('/roles');
  const row = text.split('<tr>').find((part) => part.includes(accomplice.email));
  const account = row && /name="account" value="(\d+)"/.exec(row)?.[1];
  if (account === undefined) throw new Error(`the page /roles has no row for ${accomplice.email}`);
  await attacker.submit('/roles', '/roles/grant', { account, role: 'admin' });
  await attacker.signOut();
  // The real administrator revokes the role, so that the attack can be repeated.
  const real = personOf(url, accounts, accounts.indexOf(admin));
  if (!(await real.signIn())) throw new Error(`${admin.email} could not sign in to revoke the role`);
  await real.submit('/roles', '/roles/revoke', { account, role: 'admin' });
  await real.signOut();
}

/**
 * Attacks the shop, each kind from its own address:
 * - `brute-force`: 30 wrong passwords for one account, which gets locked
 * - `spray`: two common passwords for all accounts
 * - `takeover`: 16 wrong passwords for four accounts, then the right one
 * - `privilege`: takes over the administrator's account and grants another account the role `admin`
 *
 * @throws Error if the shop is not on this machine, or the victim's account is locked
 */
export async function attack(options: AttackOptions): Promise<void> {
  const { url, kind, accounts, pauseMs = 200 } = options;
  assertLoopback(url);
  switch (kind) {
    case 'brute-force':
      return guess(new Person(url, byRole(accounts, 'customer'), '203.0.113.66', TOOL), 30, pauseMs);
    case 'spray':
      for (const password of ['Summer2026!', 'Password123!']) {
        for (const account of accounts) {
          await new Person(url, account, '203.0.113.99', TOOL).signIn(password);
          await sleep(pauseMs);
        }
      }
      return;
    case 'takeover': {
      const attacker = await takeOver(options, '203.0.113.23', byRole(accounts, 'customer', 2));
      await attacker.open('/profile');
      await attacker.signOut();
      return;
    }
    case 'privilege':
      return escalatePrivileges(options);
  }
}
