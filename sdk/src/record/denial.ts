/** The `error.code` of an attempt that was denied. */
const DENIED = 'DENIED';

/**
 * Whether a request that ended with this HTTP status was denied: only 403, the server knew who asked and refused. 401 asks for
 * a sign-in, which is a failed authentication and not a denial. All adapters of this package decide by this function.
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

/** The fields of an entry about a failed attempt: of a denied one, if the HTTP status says so. */
export function failedFields(error: Failure['error'], status: number | undefined, event?: string): Failure {
  return isDenied(status) ? deniedFields(error.message, event) : { outcome: 'failure', error };
}
