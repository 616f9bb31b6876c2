import type { AuditEntryInput } from '@auditrail/core';
import type { TimedEntry } from '../../../provisioning/testing/scenarios/entries.ts';
import { seededRandom } from '../random.ts';
import { act, people, signIn, type Person } from './benign-people.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
// The day ends in the afternoon, so that the live ruler sees people at work and the night is in the middle.
const LAST_HOUR = 17;
const LOCKED = 'account_locked';

/**
 * 24 hours of 200 people who do nothing wrong, in the order of time. It is the day on which passwords expire: people mistype
 * the new one, phones repeat the old one until the account is locked. Ten people return from a vacation, five lock
 * themselves out and try again and again. At night a job deletes and exports much. A release ends all sessions at 14:00.
 * Nobody gets a privileged role, impersonates others or changes the settings of the audit log: these rules fire at any such
 * entry.
 *
 * @param endMs the end of the day, 17:00 by the clock of these people
 */
export function benignDay({ endMs, seed }: { endMs: number; seed: number }): TimedEntry[] {
  const random = seededRandom(seed);
  const entries: TimedEntry[] = [];
  const clock = (hour: number) => endMs - DAY + ((hour - LAST_HOUR + 24) % 24) * HOUR;
  const between = (from: number, to: number) => from + random() * (to - from);
  const upTo = (count: number) => Math.floor(random() * (count + 1));
  const add = (ms: number, entry: AuditEntryInput) => {
    if (ms < endMs) entries.push({ ms, entry });
  };

  /** Fails some times, 10 to 40 seconds apart, and then signs in. @returns when */
  const enter = (person: Person, from: number, failures: number) => {
    let ms = from;
    for (let i = 0; i < failures; i++) {
      add(ms, signIn(person, 'failure'));
      ms += between(10_000, 40_000);
    }
    add(ms, act(person, 'user.mfa.challenged'));
    // The code does not always arrive at once.
    if (random() < 0.1) add(ms + 20_000, act(person, 'user.mfa.challenged'));
    add(ms + 30_000, signIn(person, 'success'));
    return ms + 30_000;
  };
  const work = (person: Person, from: number, to: number) => {
    const KINDS = ['record.read', 'record.read', 'record.updated', 'record.created', 'report.viewed'];
    const times = (to - from) / HOUR;
    for (let i = 0; i < times * (person.isSupport ? 12 : 4); i++)
      add(between(from, to), act(person, KINDS[upTo(KINDS.length - 1)] ?? '', `r${upTo(9_999)}`));
    for (let i = 0; i < upTo(3); i++) add(between(from, to), act(person, 'record.deleted', `r${upTo(9_999)}`));
    if (random() < 0.1) for (let i = 0; i < 1 + upTo(2); i++) add(between(from, to), act(person, 'data.exported'));
    if (random() < 0.1) {
      const denied = { code: 'DENIED', message: 'not permitted' };
      const at = between(from, to);
      for (let i = 0; i < 1 + upTo(3); i++)
        add(at + i * 2_000, { ...act(person, 'report.viewed'), outcome: 'failure', error: denied });
    }
  };

  people.forEach((person, i) => {
    const arrives = clock(8) + between(0, 105 * MINUTE);
    const isBack = i % 20 === 7;
    const entered = enter(person, arrives, isBack ? 4 : random() < 0.25 ? 1 + upTo(1) : 0);
    // The password has expired; some type the old one at the next sign-in.
    add(entered + MINUTE, act(person, 'user.password.changed', person.id));
    enter(person, entered + 5 * MINUTE, random() < 0.4 ? 1 + upTo(2) : 0);
    work(person, entered, clock(12));
    // After the release, all sign in again within 20 minutes.
    work(person, enter(person, clock(14) + between(0, 20 * MINUTE), random() < 0.1 ? 1 : 0), clock(16.9));
    if (random() < 0.1) work(person, enter(person, clock(17) + between(0, 4 * HOUR), 0), clock(22));
    else add(clock(16.9) + between(0, 5 * MINUTE), act(person, 'user.logout'));

    // A phone that repeats the old password every five minutes until its owner corrects it at lunch.
    if (i % 16 === 9) repeatOldPassword(person, entered + 2 * MINUTE, clock(12));
    if (i % 40 === 11) lockOut(person, clock(10) + between(0, 5 * HOUR));
  });

  function repeatOldPassword(person: Person, from: number, to: number) {
    // At home and on the way it has the address of the mobile network.
    const phone = { ...person, address: `198.51.100.${Number(person.id) % 256}` };
    for (let i = 0, ms = from; ms < to; i++, ms += 5 * MINUTE) {
      add(ms, signIn(phone, 'failure', i < 5 ? 'invalid' : LOCKED));
      if (i === 4) add(ms + 1, { ...act(phone, 'user.locked', person.id), actor: { type: 'system', id: 'sign-in' } });
    }
  }
  function lockOut(person: Person, from: number) {
    for (let i = 0; i < 5; i++) add(from + i * 15_000, signIn(person, 'failure'));
    add(from + 70_000, { ...act(person, 'user.locked', person.id), actor: { type: 'system', id: 'sign-in' } });
    for (let i = 0; i < 15; i++) add(from + 80_000 + i * 20_000, signIn(person, 'failure', LOCKED));
    add(from + 8 * MINUTE, act(person, 'user.unlocked', person.id));
    enter(person, from + 9 * MINUTE, 1);
  }

  background(add, clock);
  return entries.sort((a, b) => a.ms - b.ms);
}

/** What programs and administrators do. */
function background(add: (ms: number, entry: AuditEntryInput) => void, clock: (hour: number) => number): void {
  const program = (id: string, action: string, target: string): AuditEntryInput => ({
    action,
    channel: 'jobs',
    description: `${action} by ${id}`,
    actor: { type: 'service', id },
    target: { type: 'record', id: target },
  });
  for (let i = 0; i < 1_500; i++) add(clock(2) + i * 300, program('nightly', 'session.deleted', `s${i}`));
  for (let i = 0; i < 15; i++) add(clock(3) + i * MINUTE, program('nightly', 'data.exported', `report${i}`));
  for (let i = 0; i < 40; i++) add(clock(14) + i * 5_000, program('deploy', 'release.deployed', `service${i}`));
  // A key exports five times an hour, all day.
  for (let i = 0; i < 24 * 5; i++) {
    const entry = program('warehouse', 'data.exported', 'orders');
    add(clock(17) + i * 12 * MINUTE, { ...entry, actor: { type: 'api_key', id: 'warehouse' } });
  }
  const [owner] = people;
  for (let i = 0; i < 300; i++) {
    const entry = program('helper', 'record.read', `r${i}`);
    const actor = { type: 'agent', id: 'helper', agent: { name: 'helper' } } as const;
    add(clock(9) + i * 90_000, { ...entry, actor, onBehalfOf: [{ type: 'user', email: owner?.email ?? '' }] });
  }
  const admin = people[1] as Person;
  for (let i = 0; i < 12; i++) {
    const granted = act(admin, 'user.role.granted', `new${i}`);
    add(clock(10) + i * 4 * MINUTE, act(admin, 'user.created', `new${i}`));
    add(clock(10) + i * 4 * MINUTE + 30_000, { ...granted, scope: { role: 'reader' } });
  }
  for (let i = 0; i < 5; i++) add(clock(15) + i * 3 * MINUTE, act(admin, 'user.deleted', `left${i}`));
}
