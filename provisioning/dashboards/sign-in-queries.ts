import type { AuditPageParams } from '../page-link.ts';
import { SETTINGS } from '../settings.ts';
import { actionIs, entries, failures, OUTCOME } from './queries.ts';

/** The actions of sign-in attempts. */
export const SIGN_IN_ACTIONS = SETTINGS.actions.signIn;

export const FAILED_SIGN_INS: AuditPageParams = { action: SIGN_IN_ACTIONS, outcome: 'failure' };
export const failedSignIns = `${failures} ${actionIs(SIGN_IN_ACTIONS)}`;
export const signIns = `${entries()} ${actionIs(SIGN_IN_ACTIONS)}`;
export const successfulSignIns = `${entries(`, ${OUTCOME}="success"`)} ${actionIs(SIGN_IN_ACTIONS)}`;
