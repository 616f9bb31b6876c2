import type { Actor, AuditEntry } from '@auditrail/core';
import type { ActionKind, Actions } from './actions.ts';
import { activityAt, isWeekend } from './calendar.ts';
import { hex } from './ids.ts';
import { createPeople, type Person } from './people.ts';
import type { Random } from './weighted.ts';

/** Somebody who is at work: their next entries have much in common. */
export interface Session {
  actor: Actor;
  category: AuditEntry['category'];
  authContext: string;
  onBehalfOf?: AuditEntry['onBehalfOf'];
  source?: NonNullable<AuditEntry['source']>;
  habits: readonly ActionKind[];
  /** The process of a service that answers them: 0 or 1. */
  instance: number;
  /** Entries to come. */
  left: number;
  isNew: boolean;
  isAttack: boolean;
  trace: NonNullable<AuditEntry['trace']> | undefined;
}

const PER_SESSION = 15;
const HUMAN = new Set(['user']);

/** Creates sessions of the people who work at a time. */
export function createSessions(actions: Actions, random: Random) {
  const { people, draw } = createPeople(actions, random);
  const agents = people.filter(({ actor }) => actor.type === 'agent');
  const personAt = (ms: number): Person => {
    for (let tries = 0; ; tries++) {
      const person = people[draw(random)] as Person;
      const { actor, remote } = person;
      // People sleep; machines do not. Somebody is always on duty.
      const activity = actor.type === 'user' ? activityAt(remote ? ms + 9 * 3_600_000 : ms) : 0.7;
      if (random() < activity || tries === 6) return person;
    }
  };
  const length = (mean: number) => 1 + Math.floor(-Math.log(1 - random()) * mean);
  const base = (habits: readonly ActionKind[], left: number) => ({
    ...{ habits, left, instance: random() < 0.5 ? 0 : 1 },
    ...{ isNew: true, isAttack: false, trace: undefined },
  });

  const agentRun = (agent: Person, person: Person): Session => {
    const { actor, habits, userAgent, officeIp } = agent;
    const { type, id, name, email } = person.actor;
    const runId = `run-${hex(random, 4)}`;
    const identity = { type, ...(id && { id }), ...(name && { name }), ...(email && { email }) };
    return {
      ...{ ...base(habits, length(PER_SESSION)), category: 'user', authContext: 'agent' },
      actor: { ...actor, ...(actor.agent && { agent: { ...actor.agent, runId } }) },
      onBehalfOf: [identity],
      source: { ip: officeIp, userAgent },
    };
  };
  const userAt = (ms: number): Person => {
    for (;;) {
      const person = personAt(ms);
      if (HUMAN.has(person.actor.type)) return person;
    }
  };

  return {
    people,
    /** A person, program or agent begins to work. */
    open(ms: number): Session {
      if (random() < 0.03) return this.job();
      const person = personAt(ms);
      const { actor, authContext, habits, userAgent, deviceId } = person;
      if (actor.type === 'agent') return agentRun(person, userAt(ms));
      if (actor.type !== 'user') {
        const source = { ip: person.officeIp, userAgent };
        return { ...base(habits, length(3 * PER_SESSION)), actor, category: 'user', authContext, source };
      }
      if (random() < 0.04) return agentRun(agents[Math.floor(random() * agents.length)] as Person, person);
      const atHome = isWeekend(ms) || random() < 0.45;
      const sessionId = `session-${person.rank.toString(36)}-${person.sessions++}-${hex(random, 4)}`;
      const source = { deviceId, ip: atHome ? person.homeIp : person.officeIp, sessionId, userAgent };
      return { ...base(habits, length(PER_SESSION)), actor, category: 'user', authContext, source };
    },
    /** A scheduled job. */
    job(): Session {
      const { habits } = people[Math.floor(random() * 50)] as Person;
      const actor = { type: 'system', id: 'scheduler', name: 'Scheduler' } as const;
      return { ...base(habits, length(2 * PER_SESSION)), actor, category: 'task', authContext: 'job' };
    },
    /** Somebody tries the passwords of many people from one address. */
    attack(entries: number): Session {
      const ip = `198.19.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`;
      return {
        ...{ ...base([], entries), isAttack: true, category: 'user', authContext: 'web' },
        ...{ actor: { type: 'user', id: 'unknown' }, source: { ip, userAgent: 'python-requests/2.32.4' } },
      };
    },
  };
}
