import { fieldStorage } from '@auditrail/core/query';
import { SETTINGS } from './settings.ts';

export { WHO, WHO_LABEL } from '@auditrail/core/detections';

/** The actions of sign-in attempts. */
export const SIGN_IN_ACTIONS = SETTINGS.actions.signIn;

/** A LogQL stage that only keeps entries with this field. */
export function having(key: string): string {
  return `| ${key}!=""`;
}

export const IP = fieldStorage('ip').key;
