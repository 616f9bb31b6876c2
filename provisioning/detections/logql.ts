import { entriesQuery, type Filter, type FilterField } from '@auditrail/core/query';
import { ACTOR, having, IP, WHO_FIELD, WHO_LABEL } from '../queries.ts';
import type { Settings } from './settings.ts';

/** The labels of an actor, as a list in LogQL. */
export const ACTOR_LABELS = `${WHO_LABEL}, ${WHO_FIELD}`;

export const is = (field: FilterField, values: string[]): Filter => ({ field, operator: 'is any of', values });
export const succeeded = is('outcome', ['success']);
export const failed = is('outcome', ['failure']);

/** A LogQL log query for entries, with the labels of their actor. */
export const entries = (...filters: Filter[]): string => `${entriesQuery({ filters })} ${ACTOR}`;

/** Sign-ins with an outcome. */
export const signInsOf = ({ actions }: Settings, outcome: Filter): string =>
  entries(is('action', actions.signIn), outcome);

/** Failed sign-ins, without attempts at an account that is already locked: people repeat these. */
export const guesses = ({ actions, lockedErrorCodes }: Settings): string =>
  entries(is('action', actions.signIn), failed, {
    field: 'errorCode',
    operator: 'is not any of',
    values: lockedErrorCodes,
  });

/** Only the entries with an address. */
export const withAddress = (query: string): string => `${query} ${having(IP)}`;

/** The number of entries. */
export const count = (by: string, query: string, minutes: number): string =>
  `sum by (${by}) (count_over_time(${query} [${minutes}m]))`;

/** The number of different values of a label. */
export const distinct = (of: string, by: string, query: string, minutes: number): string =>
  `count by (${by}) (${count(`${by}, ${of}`, query, minutes)})`;

// The time of an entry as a number.
const TIME = '| label_format at="{{ __timestamp__ | unixEpochNanos }}" | unwrap at';

/** The time of the last entry. */
export const lastTime = (by: string, query: string, minutes: number): string =>
  `max by (${by}) (max_over_time(${query} ${TIME} [${minutes}m]))`;

/** The time of the first entry. */
export const firstTime = (by: string, query: string, minutes: number): string =>
  `min by (${by}) (min_over_time(${query} ${TIME} [${minutes}m]))`;

/** The time before which a share of the entries happened; 1 is the last one. */
export const timeOfShare = (share: number, by: string, query: string, minutes: number): string =>
  `quantile_over_time(${share}, ${query} ${TIME} [${minutes}m]) by (${by})`;

/** The time of the last entry in seconds, in one series. */
export const lastSecond = (query: string, minutes: number): string =>
  `max(max_over_time(${query} | label_format at="{{ __timestamp__ | unixEpoch }}" | unwrap at [${minutes}m]))`;

/**
 * Shares for {@link timeOfShare}. LogQL cannot count the failures before a success. But a success later than a share of n
 * failures follows at least `share * n` of them. With these shares, a rule never fires with fewer failures before the
 * success than its threshold. It fires from about twice the threshold on, with up to three times as many failures after
 * the success; and at the threshold, if none follows.
 */
export const SHARES = [1, 0.5, 0.25];
