import type { AuditEntry } from '../entry/entry.ts';
import { isSignIn, wordsOf } from './severity.ts';

/** The kind of change of an action, for schemas that have a few kinds only. */
export type EntryKind = 'sign-in' | 'sign-out' | 'create' | 'read' | 'update' | 'delete' | 'other';

const KINDS: readonly [EntryKind, ReadonlySet<string>][] = [
  ['create', new Set('created create added imported registered uploaded invited'.split(' '))],
  ['delete', new Set('deleted delete removed purged erased'.split(' '))],
  ['read', new Set('read viewed view accessed listed exported downloaded searched revealed'.split(' '))],
  ['update', new Set('updated update changed edited renamed moved reset enabled disabled granted revoked'.split(' '))],
];
const SIGN_OUT = new Set(['logout', 'signout', 'logoff']);

/** The kind of an entry, by the words of its action; the event takes precedence over the words before it. */
export function entryKind(entry: Pick<AuditEntry, 'action' | 'event'>): EntryKind {
  const words = wordsOf(entry.action, entry.event);
  if (isSignIn(entry)) return words.some((word) => SIGN_OUT.has(word)) ? 'sign-out' : 'sign-in';
  return KINDS.find(([, known]) => words.some((word) => known.has(word)))?.[0] ?? 'other';
}
