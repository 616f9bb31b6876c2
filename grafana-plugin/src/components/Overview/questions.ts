import type { EntryQuery, Filter, FilterField, TimeRange } from '@auditrail/core/query';

const filter = (field: FilterField, operator: Filter['operator'], ...values: string[]): Filter => {
  return { field, operator, values };
};

/** The default actions of sign-in attempts, as in the alert rules. */
export const SIGN_IN_ACTIONS = ['user.login', 'ssh.login'];

const FAILURES = [filter('outcome', 'is', 'failure')];
const FAILED_SIGN_INS = [filter('action', 'is any of', ...SIGN_IN_ACTIONS), ...FAILURES];
const RIGHTS = [filter('event', 'is any of', 'granted', 'revoked')];
const READS = [filter('action', 'contains', 'pii.read.')];
const NOT_PEOPLE = [filter('actorType', 'is any of', 'system', 'service', 'api_key', 'agent')];

/** Numbers of entries, now and before. */
export const COUNTS = {
  entries: [],
  failures: FAILURES,
  signIns: FAILED_SIGN_INS,
  rights: RIGHTS,
  reads: READS,
} as const satisfies Record<string, readonly Filter[]>;
export type CountId = keyof typeof COUNTS;
export const COUNT_IDS = Object.keys(COUNTS) as CountId[];

/** Lists of the most frequent values of a field. */
export const LISTS = {
  people: { field: 'email', filters: [] },
  systems: { field: 'actorName', filters: NOT_PEOPLE },
  actions: { field: 'action', filters: [] },
  targets: { field: 'targetName', filters: [] },
  failedAccounts: { field: 'email', filters: FAILED_SIGN_INS },
  failedAddresses: { field: 'ip', filters: FAILED_SIGN_INS },
  rightsBy: { field: 'email', filters: RIGHTS },
  readers: { field: 'email', filters: READS },
} as const satisfies Record<string, { field: FilterField; filters: readonly Filter[] }>;
export type ListId = keyof typeof LISTS;
export const LIST_IDS = Object.keys(LISTS) as ListId[];

export const queryOf = (filters: readonly Filter[]): EntryQuery => ({ filters: [...filters] });

// Both ends of a range are included, to the millisecond.
const MS_NS = 1_000_000n;
const DAY_NS = 86_400_000_000_000n;

/** The same hours, as many whole days earlier as are needed to not overlap: people work by the day. */
export function rangeBefore({ start, end }: TimeRange): TimeRange & { days: number } {
  const days = (end - start - MS_NS + DAY_NS - 1n) / DAY_NS;
  const shift = (days > 0n ? days : 1n) * DAY_NS;
  return { start: start - shift, end: end - shift, days: Number(shift / DAY_NS) };
}
