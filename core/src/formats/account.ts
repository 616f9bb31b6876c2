import type { AuditEntry } from '../entry/entry.ts';

const ACCOUNTS = new Set(
  'user account person member customer employee api_key service_account serviceaccount'.split(' '),
);

/** Whether the target is a person's account. */
export function isAccount(target: AuditEntry['target']): target is NonNullable<AuditEntry['target']> {
  return target !== undefined && ACCOUNTS.has(target.type.toLowerCase().replaceAll(/[ -]/g, '_'));
}
