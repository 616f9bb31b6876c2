import { setTimeout as sleep } from 'node:timers/promises';
import { assertLoopback, Person } from './person.ts';
import type { SeedAccount } from './seed.ts';
import { FAILURES_ALLOWED } from './sign-in.ts';
import { personOf } from './traffic.ts';

/** What an attacker can do to the shop; each stops by itself. */
export const ATTACKS = ['brute-force', 'spray', 'takeover', 'privilege'] as const;
export type AttackKind = (typeof ATTACKS)[number];

export interface AttackOptions {
  /** A shop on this machine, started with `trustProxy`. */
  url: string;
  kind: AttackKind;
  accounts: SeedAccount[];
  /** Milliseconds between two tries. Default 200. */
  pauseMs?: number;
}

const TOOL = 'python-requests/2.32.5';

function byRole(accounts: SeedAccount[], role: 'customer' | 'admin', fromEnd = 0): SeedAccount {
  const found = accounts.filter(({ roles }) => roles.at(-1) === role).at(-1 - fromEnd);
  if (!found) throw new Error(`the shop has too few accounts whose highest role is ${role}`);
  return found;
}

async function guess(attacker: Person, tries: number, pauseMs: number): Promise<void> {
  for (let i = 0; i < tries; i += 1) {
    await attacker.signIn(`guess-${i}`);
    await sleep(pauseMs);
  }
}

/** Wrong passwords over several accounts, each below the lock, then the right one: how a stolen password looks. */
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
    throw new Error(`${victim.email} is locked or has another password: wait for the end of the lock, then try again`);
  }
  return attacker;
}

async function grantOneselfAdmin(options: AttackOptions): Promise<void> {
  const { url, accounts } = options;
  const boss = byRole(accounts, 'admin');
  const attacker = await takeOver(options, '203.0.113.44', boss);
  const accomplice = byRole(accounts, 'customer', 1);
  const { text } = await attacker.open('/roles');
  const row = text.split('<tr>').find((part) => part.includes(accomplice.email));
  const account = row && /name="account" value="(\d+)"/.exec(row)?.[1];
  if (account === undefined) throw new Error(`no row for ${accomplice.email} among the roles`);
  await attacker.submit('/roles', '/roles/grant', { account, role: 'admin' });
  await attacker.signOut();
  // The real administrator sees it and undoes it, so that the attack can be shown again.
  const real = personOf(url, accounts, accounts.indexOf(boss));
  if (!(await real.signIn())) throw new Error(`${boss.email} could not sign in to undo the grant`);
  await real.submit('/roles', '/roles/revoke', { account, role: 'admin' });
  await real.signOut();
}

/**
 * Behaves like an attacker, from an address of its own:
 * - `brute-force`: 30 wrong passwords for one account, which gets locked
 * - `spray`: two common passwords over all accounts
 * - `takeover`: 16 wrong passwords over four accounts, then the right one
 * - `privilege`: the same with the administrator's account, which then makes somebody an administrator
 *
 * @throws Error where the shop is not on this machine, or where an account that must be taken over is locked.
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
      return grantOneselfAdmin(options);
  }
}
