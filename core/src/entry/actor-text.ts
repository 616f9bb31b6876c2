import type { AuditEntry } from './entry.ts';

type Identity = Pick<AuditEntry['actor'], 'type' | 'id' | 'name' | 'email' | 'agent'>;

/** The name of an actor for people: a name, else the agent's name, an e-mail address, an id, or the actor's type. */
export function actorName({ name, agent, email, id, type }: Identity): string {
  return name || agent?.name || email || id || type;
}

/**
 * The actor for people, with everyone the actor acted for, each by {@link actorName}.
 *
 * @example actorText({ actor: { type: 'agent', name: 'support-bot' }, onBehalfOf: [{ type: 'user', name: 'Grace' }] })
 * // 'support-bot for Grace'
 */
export function actorText({ actor, onBehalfOf = [] }: Pick<AuditEntry, 'actor' | 'onBehalfOf'>): string {
  return [actor, ...onBehalfOf].map(actorName).join(' for ');
}
