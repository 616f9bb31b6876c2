import { normalEmail } from '../entry/actor-bucket.ts';
import { parameterName } from '../query/address.ts';
import { fieldStorage } from '../query/filters.ts';
import type { DetectionEvent } from './event.ts';
import { labelOf, WHO_FIELD } from './labels.ts';
import { ACTOR_FIELDS, type Condition, type Key, type Selection } from './pattern.ts';

/** The field that names the actor of an entry. */
const actorField = ({ value }: DetectionEvent) => ACTOR_FIELDS.find((name) => value(name));

function meets({ field, operator, values }: Condition): (event: DetectionEvent) => boolean {
  const expected = operator === 'is any of';
  if (fieldStorage(field).kind === 'email') {
    const accounts = new Set(values.map(normalEmail));
    return ({ value }) => accounts.has(normalEmail(value(field) ?? '')) === expected;
  }
  const wanted = new Set(values);
  return ({ value }) => wanted.has(value(field) ?? '') === expected;
}

function isSelf({ value }: DetectionEvent): boolean {
  const id = value('actorId');
  if (id && id === value('targetId')) return true;
  const email = value('email')?.toLowerCase();
  return !!email && (email === value('targetId')?.toLowerCase() || email === value('targetName')?.toLowerCase());
}

/** A function that checks whether an entry belongs to a selection. */
export function selector({ filters, present = [], absent = [], self }: Selection): (event: DetectionEvent) => boolean {
  const conditions = filters.map(meets);
  // A loop: most entries meet the first condition of no rule.
  const meetsAll = (event: DetectionEvent) => {
    for (const condition of conditions) if (!condition(event)) return false;
    return true;
  };
  return (event) =>
    meetsAll(event) &&
    present.every((field) => !!event.value(field)) &&
    absent.every((field) => !event.value(field)) &&
    (!self || isSelf(event));
}

/** The value of a key; empty if the entry has none. */
export function keyValue(key: Key, event: DetectionEvent): string {
  if (key !== 'actor') return event.value(key) ?? '';
  const field = actorField(event);
  const name = field && event.value(field);
  return field === 'email' && name ? normalEmail(name) : (name ?? '');
}

/** The labels that an alert has for keys of an entry. */
export function keyLabels(keys: readonly Key[], event: DetectionEvent): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const key of keys) {
    const value = keyValue(key, event);
    if (value !== '') labels[labelOf(key)] = value;
    if (key === 'actor') labels[WHO_FIELD] = parameterName(actorField(event) ?? 'actorType');
  }
  return labels;
}

/** A text that is the same for entries with the same values of all keys. */
export const groupKey = (keys: readonly Key[], event: DetectionEvent): string =>
  keys.map((key) => (key === 'actor' ? actorKey(event) : JSON.stringify(keyValue(key, event)))).join();

// An e-mail address and an equal id are two actors.
const actorKey = (event: DetectionEvent) => JSON.stringify([keyValue('actor', event), actorField(event)]);
