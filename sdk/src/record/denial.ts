/** The `error.code` of an attempt that was denied. */
const DENIED = 'DENIED';

/**
 * Whether a request that ended with this HTTP status was denied. Only 403 is a denial: the user is known, and lacks a
 * permission. 401 is a failed authentication. All adapters of this package use this function.
 *
 * @example
 * onEnd: ({ request }) => isDenied(request?.status) && audit.denied({ action: 'report.opened', description: 'Opened a report' });
 */
export const isDenied = (status: number | undefined): boolean => status === 403;

/** What an entry about a failed attempt states. */
interface Failure {
  outcome: 'failure';
  error: { message: string; code?: string };
  event?: string;
}

/** The fields of an entry about an attempt that was denied. */
export const deniedFields = (message = 'permission denied', event = 'denied') =>
  ({ event, outcome: 'failure', error: { code: DENIED, message } }) satisfies Failure;

/** The fields of an entry about a failed attempt, which was denied if the HTTP status is that of a denial. */
export function failedFields(error: Failure['error'], status: number | undefined, event?: string): Failure {
  return isDenied(status) ? deniedFields(error.message, event) : { outcome: 'failure', error };
}
