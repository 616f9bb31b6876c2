import type { FilterField } from '../query/filters.ts';
import { havingKeys, type Condition, type Selection } from './pattern.ts';
import type { Settings } from './settings.ts';

export const is = (field: FilterField, values: string[]): Condition => ({ field, operator: 'is any of', values });
export const succeeded = is('outcome', ['success']);
export const failed = is('outcome', ['failure']);

export const entries = (...filters: Condition[]): Selection => ({ filters });

/** Sign-ins with an outcome. */
export const signInsOf = ({ actions }: Settings, outcome: Condition): Selection =>
  entries(is('action', actions.signIn), outcome);

/** Failed sign-ins, without attempts at an account that is already locked: people repeat these. */
export const guesses = ({ actions, lockedErrorCodes }: Settings): Selection =>
  entries(is('action', actions.signIn), failed, {
    field: 'errorCode',
    operator: 'is not any of',
    values: lockedErrorCodes,
  });

/** Only the entries with an address. */
export const withAddress = (selection: Selection): Selection => havingKeys(selection, ['ip']);
