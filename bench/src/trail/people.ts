import type { Actor } from '@auditrail/core';
import type { ActionKind, Actions } from './actions.ts';
import { GROUPS, FIRST_NAMES, LAST_NAMES, MACHINE_AGENTS, USER_AGENTS } from './words.ts';
import { oneOf, weighted, zipfWeights, type Random } from './weighted.ts';

/** Number of actors of a trail. */
export const ACTORS = 5_000;

/** One of the actors, by rank: the first are the most active. */
export interface Person {
  rank: number;
  actor: Actor;
  homeIp: string;
  officeIp: string;
  userAgent: string;
  deviceId: string;
  authContext: string;
  /** What they do again and again, the most frequent first. */
  habits: readonly ActionKind[];
  /** Sessions so far. */
  sessions: number;
  /** Works in the hours of another continent. */
  remote: boolean;
}

const slug = (name: string) =>
  name
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();

function nameOf(rank: number): [first: string, last: string] {
  // Ranks that share a first name have different last names.
  const last = (Math.floor(rank / FIRST_NAMES.length) + rank) % LAST_NAMES.length;
  return [FIRST_NAMES[rank % FIRST_NAMES.length] as string, LAST_NAMES[last] as string];
}

/** The e-mail address of the person with this rank, if it is a person. */
export function emailOf(rank: number): string {
  const [first, last] = nameOf(rank);
  return `${slug(first)}.${slug(last)}${rank < 200 ? '' : rank}@example.com`;
}

/** The address from which the person with this rank works at home; RFC 2544 reserves 198.18.0.0/15 for benchmarks. */
export const homeIpOf = (rank: number): string => `198.18.${rank >> 8}.${rank & 255}`;

function actorOf(rank: number, random: Random): Actor {
  const id = String(100_000 + rank * 7);
  if (rank % 40 === 11) return { type: 'service', id, name: `worker-${rank}` };
  if (rank % 80 === 31) return { type: 'api_key', id: `key_${id}`, name: `API key of partner ${rank}` };
  if (rank % 250 === 99) {
    const model = oneOf(['sonnet-5', 'gpt-6-mini', 'mistral-large-3'], random);
    return { type: 'agent', id, name: `assistant-${rank}`, agent: { name: 'support-bot', version: '2.4.1', model } };
  }
  const groups = [oneOf(GROUPS, random), ...(rank % 9 === 0 ? ['managers'] : [])];
  return { email: emailOf(rank), groups, id, name: nameOf(rank).join(' '), type: 'user' };
}

function personOf(rank: number, actions: Actions, random: Random): Person {
  const actor = actorOf(rank, random);
  const isMachine = actor.type !== 'user';
  // A role: 24 actions, of which everybody has some as habits.
  const role = Math.floor(random() * 10);
  const habits = Array.from({ length: 6 + Math.floor(random() * 8) }, () => {
    return actions.common[(role * 24 + Math.floor(random() * 24)) % actions.common.length] as ActionKind;
  });
  return {
    ...{ rank, actor, habits, sessions: 0, remote: random() < 0.2 },
    homeIp: homeIpOf(rank),
    officeIp: `10.${rank % 12}.0.${1 + (rank % 20)}`,
    userAgent: oneOf(isMachine ? MACHINE_AGENTS : USER_AGENTS, random),
    deviceId: `device-${(rank * 2_654_435_761) % 4_294_967_296}`,
    authContext: isMachine ? 'api' : rank % 12 === 5 ? 'cli' : 'web',
  };
}

/** All actors of a trail, and how to draw one: rank 1 is a hundred times as active as rank 2,000. */
export function createPeople(actions: Actions, random: Random) {
  const people = Array.from({ length: ACTORS }, (_, rank) => personOf(rank, actions, random));
  return { people, draw: weighted(zipfWeights(ACTORS, 0.9, 10)) };
}
