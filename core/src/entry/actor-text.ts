import type { AuditEntry } from './entry.ts';

type Identity = Pick<AuditEntry['actor'], 'type' | 'id' | 'name' | 'email'>;

const nameOf = ({ name, email, id, type }: Identity) => name || email || id || type;

/**
 * The actor for people, with everyone the actor acted for: a name, else an e-mail address, an id, or the actor's type.
 *
 * @example actorText({ actor: { type: 'agent', name: 'support-bot' }, onBehalfOf: [{ type: 'user', name: 'Grace' }] })
 * // 'support-bot for Grace'
 */
export function actorText({ actor, onBehalfOf = [] }: Pick<AuditEntry, 'actor' | 'onBehalfOf'>): string {
  const name = actor.name || actor.agent?.name;
  return [nameOf({ ...actor, ...(name && { name }) }), ...onBehalfOf.map(nameOf)].join(' for ');
}
