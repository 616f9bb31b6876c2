import { AuditError } from '@auditrail/core';
import { getBackendSrv, isFetchError, type BackendSrvRequest, type FetchError } from '@grafana/runtime';

// Grafana's own refusal of a guarded route, as against a refusal by what stands behind it.
const ROUTE_DENIED = 'plugin proxy route access denied';
const NO_ANSWER = [502, 503, 504];

const NO_REASON = 'no answer';

// Grafana's errors have a `message`, those of the gateway an `error`. For an answer without a body Grafana's client puts the
// status in words there ("Bad Gateway"), which is no reason.
function reasonOf({ data, statusText }: FetchError<unknown>): string {
  const { message, error } = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  const text = [data, message, error].find((one) => typeof one === 'string') ?? '';
  // A proxy's HTML page says nothing to a person.
  return text === statusText || text.trim().startsWith('<') ? '' : text.trim().slice(0, 500);
}

/** Whether no answer came at all, as against an answer of the gateway that Loki gives none. */
export function isNoAnswer(error: AuditError): boolean {
  return error.code === 'LOKI_UNREACHABLE' && (error.status === undefined || error.message === NO_REASON);
}

/** Whether the gateway answers, and cannot check tokens: its 503 is JSON, that of a busy Loki is text. */
export function cannotCheckTokens({ status, cause }: AuditError): boolean {
  const data: unknown = status === 503 && isFetchError(cause) ? cause.data : undefined;
  return typeof data === 'object' && data !== null && 'status' in data && data.status === 'error';
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
  const reason = reasonOf(cause);
  // 502: nothing listens behind Grafana's proxy or the gateway; 503, 504: it did not answer in time. A smaller page, which
  // the reader tries after other errors of the server, would only make a person wait as long again.
  if (!status || status < 0 || NO_ANSWER.includes(status)) {
    return new AuditError('LOKI_UNREACHABLE', reason || NO_REASON, { cause, ...(status > 0 && { status }) });
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
