import { AuditError } from '@auditrail/core';
import { getBackendSrv, isFetchError, type BackendSrvRequest } from '@grafana/runtime';

// Grafana's own refusal of a guarded route, as against a refusal by what stands behind it.
const ROUTE_DENIED = 'plugin proxy route access denied';
const NO_ANSWER = [502, 503, 504];

function reasonOf(data: unknown): string {
  const text =
    typeof data === 'string'
      ? data
      : typeof data === 'object' && data !== null && 'message' in data && typeof data.message === 'string'
        ? data.message
        : '';
  // A proxy's HTML page says nothing to a person.
  return text.trim().startsWith('<') ? '' : text.trim().slice(0, 500);
}

/** Whether Grafana itself refused for want of a permission. */
export function isPermissionDenied(error: unknown): boolean {
  return error instanceof AuditError && error.status === 403 && error.message.includes(ROUTE_DENIED);
}

function toAuditError(cause: unknown): AuditError {
  if (!isFetchError(cause)) {
    return new AuditError('LOKI_UNREACHABLE', 'Grafana did not answer', { cause });
  }
  const { status } = cause;
  const reason = reasonOf(cause.data);
  // 502: nothing listens behind Grafana's proxy or the gateway; 503, 504: it did not answer in time. A smaller page, which
  // the reader tries after other errors of the server, would only make a person wait as long again.
  if (!status || status < 0 || NO_ANSWER.includes(status)) {
    return new AuditError('LOKI_UNREACHABLE', reason || 'no answer', { cause, ...(status > 0 && { status }) });
  }
  return new AuditError('LOKI_REFUSED', reason ? `${status}: ${reason}` : String(status), { cause, status });
}

/**
 * One request through Grafana; the answer's body.
 *
 * @throws AuditError `LOKI_REFUSED` with the `status`, `LOKI_UNREACHABLE`; the signal's reason when it is aborted.
 */
export function grafanaRequest(request: BackendSrvRequest, signal?: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      // Unsubscribing ends the request in the browser, and with it Grafana's and Loki's work.
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
