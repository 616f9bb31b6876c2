import { AuditError } from '@auditrail/core';
import { getBackendSrv, isFetchError, type BackendSrvRequest, type FetchError } from '@grafana/runtime';

// The message of Grafana if it refuses a guarded route, to distinguish it from refusals of the servers behind the route.
const ROUTE_DENIED = 'plugin proxy route access denied';
const NO_ANSWER = [502, 503, 504];

const NO_REASON = 'no answer';

// Grafana's errors have a `message`, those of the gateway an `error`. For a response without a body, Grafana's client sets it to
// the status text ("Bad Gateway"), which is not a reason.
function reasonOf({ data, statusText }: FetchError<unknown>): string {
  const { message, error } = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  const text = [data, message, error].find((one) => typeof one === 'string') ?? '';
  // An HTML page of a proxy is not a useful message.
  return text === statusText || text.trim().startsWith('<') ? '' : text.trim().slice(0, 500);
}

/** Whether there was no response at all, unlike a response of the gateway that Loki does not respond. */
export function isNoAnswer(error: AuditError): boolean {
  return error.code === 'LOKI_UNREACHABLE' && (error.status === undefined || error.message === NO_REASON);
}

/** Whether the gateway responds, but cannot check tokens. Its 503 is JSON; that of a busy Loki is text. */
export function cannotCheckTokens({ status, cause }: AuditError): boolean {
  const data: unknown = status === 503 && isFetchError(cause) ? cause.data : undefined;
  return typeof data === 'object' && data !== null && 'status' in data && data.status === 'error';
}

/** Whether Grafana itself refused because of a missing permission. */
export function isPermissionDenied(error: unknown): boolean {
  return error instanceof AuditError && error.status === 403 && error.message.includes(ROUTE_DENIED);
}

function toAuditError(cause: unknown): AuditError {
  if (!isFetchError(cause)) {
    return new AuditError('LOKI_UNREACHABLE', 'Grafana did not answer', { cause });
  }
  const { status } = cause;
  const reason = reasonOf(cause);
  // 502: nothing listens behind Grafana's proxy or the gateway. 503, 504: it did not respond in time. After other server errors
  // the reader retries with a smaller page; here that would only double the wait.
  if (!status || status < 0 || NO_ANSWER.includes(status)) {
    return new AuditError('LOKI_UNREACHABLE', reason || NO_REASON, { cause, ...(status > 0 && { status }) });
  }
  return new AuditError('LOKI_REFUSED', reason ? `${status}: ${reason}` : String(status), { cause, status });
}

/**
 * Sends a request through Grafana and returns the body of the response.
 *
 * @throws AuditError `LOKI_REFUSED` with the `status`, `LOKI_UNREACHABLE`; the signal's reason when it is aborted.
 */
export function grafanaRequest(request: BackendSrvRequest, signal?: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      // Unsubscribing aborts the request in the browser, and thereby in Grafana and Loki.
      subscription.unsubscribe();
      const reason: unknown = signal?.reason;
      reject(reason instanceof Error ? reason : new DOMException('aborted', 'AbortError'));
    };
    const settle = (then: () => void) => {
      signal?.removeEventListener('abort', onAbort);
      then();
    };
    const subscription = getBackendSrv()
      .fetch<unknown>({ showErrorAlert: false, showSuccessAlert: false, ...request })
      .subscribe({
        next: ({ data }) => settle(() => resolve(data)),
        error: (error: unknown) => settle(() => reject(toAuditError(error))),
      });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
