import type { AuditEntryInput } from '@auditrail/core';
import { diff } from '../prepare/diff.ts';
import type { AuthSession } from './session-identity.ts';

/** A row or a JSON object. Only named members of it are recorded, because others can be secrets. */
export type Row = Readonly<Record<string, unknown>>;

/** The part of an entry that depends on the endpoint. */
export interface AuthEntry extends Pick<
  AuditEntryInput,
  'action' | 'channel' | 'target' | 'scope' | 'changes' | 'reason'
> {
  /** Follows the actor's name in the description. */
  text: string;
  properties?: Record<string, string | number | boolean>;
}

/** What is known about a call of an endpoint when it has ended. */
export interface CallFacts {
  body: Row;
  /** The endpoint's answer; empty if it failed. */
  result: Row;
  /** The record that the call changes, as it was before. */
  subject: Row | undefined;
  session: AuthSession | undefined;
  failed: boolean;
}

type Details = (facts: CallFacts) => Partial<AuthEntry>;

/** What the calls of an endpoint record. */
export interface AuthEvent {
  /** The record to read before the call: its model, and the member of the body that has its id. */
  subject?: readonly [model: string, idMember: string];
  entries: (facts: CallFacts) => AuthEntry[];
}

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);
export const rowOf = (value: unknown): Row => (typeof value === 'object' && value !== null ? (value as Row) : {});

export function targetOf(type: string, id: unknown, name?: unknown): Pick<AuthEntry, 'target'> {
  const [knownId, knownName] = [textOf(id), textOf(name)];
  if (!knownId && !knownName) return {};
  return { target: { type, ...(knownId && { id: knownId }), ...(knownName && { name: knownName }) } };
}

/** The plain values of these members. */
export function pick(from: Row, names: readonly string[]): Pick<AuthEntry, 'properties'> {
  const found = names.flatMap((name): [string, string | number | boolean][] => {
    const value: unknown = Array.isArray(from[name]) ? from[name].join(',') : from[name];
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[name, value]] : [];
  });
  return found.length > 0 ? { properties: Object.fromEntries(found) } : {};
}

/** Compares the members that a call sets with the record as it was. */
export function changesOf(
  before: Row | undefined,
  after: Row,
  names: readonly string[] = Object.keys(after),
): Pick<AuthEntry, 'changes'> {
  const set = names.filter((name) => after[name] !== undefined);
  const membersOf = (from: Row) => Object.fromEntries(set.map((name) => [name, from[name] ?? null]));
  const changes = diff(membersOf(before ?? {}), membersOf(after));
  return changes.length > 0 ? { changes } : {};
}

/** The user of the session. */
export const ownAccount: Details = ({ session }) =>
  targetOf('user', session?.user.id, session?.user.name || session?.user.email);

/** The user that an administrator names by `userId`. */
export const namedUser: Details = ({ subject, body }) =>
  targetOf('user', subject?.id ?? body.userId, subject?.name || subject?.email);

/** An event with one entry. */
export function event(action: string, text: string, details = ownAccount, subject?: AuthEvent['subject']): AuthEvent {
  return { ...(subject && { subject }), entries: (facts) => [{ action, text, channel: 'auth', ...details(facts) }] };
}

/** For endpoints that create or delete a user: the database hooks record success, because others do this as well. */
export function onlyFailure(of: AuthEvent): AuthEvent {
  return { ...of, entries: (facts) => (facts.failed ? of.entries(facts) : []) };
}

function rolesIn(value: unknown): string[] {
  const texts = [value].flat().flatMap((roles) => textOf(roles)?.split(',') ?? []);
  return texts.map((role) => role.trim()).filter(Boolean);
}

/** An entry for each role that a user got or lost: an alert rule watches `user.role.granted` with `scope.role`. */
export function roleEntries(before: unknown, after: unknown, { target }: Pick<AuthEntry, 'target'>): AuthEntry[] {
  const [old, now] = [rolesIn(before), rolesIn(after)];
  const name = target?.name ?? target?.id ?? 'a user';
  const entry = (action: string, text: string, role: string): AuthEntry => ({
    action,
    text: `${text} ${name}`,
    channel: 'security',
    scope: { role },
    ...(target && { target }),
    changes: [{ path: 'role', before: old.join(',') || null, after: now.join(',') || null }],
  });
  return [
    ...now
      .filter((role) => !old.includes(role))
      .map((role) => entry('user.role.granted', `granted the role ${role} to`, role)),
    ...old
      .filter((role) => !now.includes(role))
      .map((role) => entry('user.role.revoked', `revoked the role ${role} of`, role)),
  ];
}
