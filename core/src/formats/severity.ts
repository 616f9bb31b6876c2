import type { AuditEntry } from '../entry/entry.ts';

/**
 * The severity of an entry, 0 to 10 (CEF: 0–3 low, 4–6 medium, 7–8 high, 9–10 very high), by its action and outcome. The
 * first row that fits applies. An audit log records allowed and expected actions, so no single entry is an alarm: rules
 * over many entries raise alarms.
 *
 * | what | success, unknown | failure |
 * | --- | --- | --- |
 * | the trail itself: exports, settings, reveals (`audit.*`) | 5 | 7 |
 * | rights and credentials: roles, permissions, passwords, second factors, keys, tokens, policies | 6 | 7 |
 * | deletion | 5 | 6 |
 * | sign-in, sign-out | 2 | 5 |
 * | anything else | 3 | 5 |
 */
export function severityOf({ action, event, outcome }: Pick<AuditEntry, 'action' | 'event' | 'outcome'>): number {
  const words = wordsOf(action, event);
  const [success, failure] = ROWS.find(([fits]) => fits(action, words))?.slice(1) ?? ANYTHING_ELSE;
  return Number(outcome === 'failure' ? failure : success);
}

const RIGHTS = new Set(
  'role roles permission permissions privilege privileges grant granted revoke revoked password mfa 2fa totp passkey secret credential credentials key keys token tokens policy sso saml oidc scim'.split(
    ' ',
  ),
);
const SIGN_IN = new Set('login logout signin signout logon logoff authenticated'.split(' '));
const DELETED = new Set(['deleted', 'delete', 'removed', 'purged', 'erased']);

const ANYTHING_ELSE: readonly [number, number] = [3, 5];
const ROWS: readonly [fits: (action: string, words: string[]) => boolean, success: number, failure: number][] = [
  [(action) => action.startsWith('audit.'), 5, 7],
  [(_, words) => words.some((word) => RIGHTS.has(word)), 6, 7],
  [(_, words) => words.some((word) => DELETED.has(word)), 5, 6],
  [(_, words) => words.some((word) => SIGN_IN.has(word)), 2, 5],
];

/** The words of an action and its event: `user.password_changed` has `user`, `password`, `changed`. */
export function wordsOf(action: string, event: string): string[] {
  return `${action}.${event}`.toLowerCase().split(/[._-]/);
}

/** Whether the action is a sign-in or sign-out. */
export function isSignIn({ action, event }: Pick<AuditEntry, 'action' | 'event'>): boolean {
  return wordsOf(action, event).some((word) => SIGN_IN.has(word));
}
