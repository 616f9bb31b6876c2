import type { AuditEntryInput } from '@auditrail/core';

/** A person of the benign day. */
export interface Person {
  email: string;
  /** As the person writes it in the form: some use capitals. */
  written: string;
  id: string;
  address: string;
  isSupport: boolean;
}

export const PEOPLE = 200;
const MAIN_OFFICE = 80;
const BRANCH = 40;

/** 200 people: 80 in an office behind one address, 40 in another, the others at home. */
export const people: readonly Person[] = Array.from({ length: PEOPLE }, (_, i) => {
  const email = `person${i}@corp.example`;
  const office = i < MAIN_OFFICE ? '203.0.113.10' : '203.0.113.20';
  return {
    email,
    written: i % 10 === 3 ? `Person${i}@Corp.Example` : email,
    id: String(1_000 + i),
    address: i < MAIN_OFFICE + BRANCH ? office : `192.0.2.${i}`,
    isSupport: i % 20 === 5,
  };
});

/** An action of a person. */
export const act = (person: Person, action: string, target?: string): AuditEntryInput => ({
  action,
  channel: action.startsWith('user.') ? 'auth' : 'work',
  description: `${action} by ${person.email}`,
  actor: { type: 'user', id: person.id, email: person.email },
  source: { ip: person.address, sessionId: `session-${person.id}` },
  ...(target && { target: { type: 'record', id: target } }),
});

/** A sign-in, with the address as the person writes it. */
export const signIn = (person: Person, outcome: 'success' | 'failure', errorCode = 'invalid'): AuditEntryInput => ({
  ...act(person, 'user.login'),
  actor: { type: 'user', email: person.written },
  outcome,
  ...(outcome === 'failure' && { error: { code: errorCode, message: 'not accepted' } }),
});
