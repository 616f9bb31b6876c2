import { AppEvents } from '@grafana/data';
import {
  getAppEvents,
  type BackendSrv,
  type BackendSrvRequest,
  type FetchError,
  type FetchResponse,
} from '@grafana/runtime';
import { defer, finalize, lastValueFrom, Observable } from 'rxjs';

/**
 * The HTTP client that a plugin gets from `getBackendSrv()`. Responses and errors have Grafana's format, a newer request with
 * the same `requestId` cancels the older one, and unsubscribing aborts a request.
 */
export class HostBackendSrv implements BackendSrv {
  private readonly running = new Map<string, AbortController>();

  fetch<T>(options: BackendSrvRequest): Observable<FetchResponse<T>> {
    return defer(() => {
      const abort = new AbortController();
      if (options.requestId) {
        this.running.get(options.requestId)?.abort();
        this.running.set(options.requestId, abort);
      }
      return new Observable<FetchResponse<T>>((subscriber) => {
        send<T>(options, abort.signal).then(
          (response) => {
            subscriber.next(response);
            subscriber.complete();
          },
          (error: FetchError) => subscriber.error(error),
        );
        return () => abort.abort();
      }).pipe(
        finalize(() => {
          if (options.requestId && this.running.get(options.requestId) === abort) {
            this.running.delete(options.requestId);
          }
        }),
      );
    });
  }

  request<T>(options: BackendSrvRequest): Promise<T> {
    return this.ask<T>(options);
  }

  private async ask<T>(options: BackendSrvRequest): Promise<T> {
    const { data } = await lastValueFrom(this.fetch<T>(options));
    if (options.showSuccessAlert !== false && options.method !== 'GET' && hasMessage(data)) {
      getAppEvents().publish({ type: AppEvents.alertSuccess.name, payload: [data.message] });
    }
    return data;
  }

  datasourceRequest<T>(options: BackendSrvRequest): Promise<FetchResponse<T>> {
    return lastValueFrom(this.fetch<T>(options));
  }

  chunked(): never {
    throw new Error('The development host does not support chunked requests.');
  }

  get<T>(url: string, params?: BackendSrvRequest['params'], requestId?: string, options?: Partial<BackendSrvRequest>) {
    const given = { ...(params && { params }), ...(requestId && { requestId }) };
    return this.ask<T>({ ...options, ...given, url, method: 'GET' });
  }

  delete<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>) {
    return this.ask<T>({ ...options, url, data, method: 'DELETE' });
  }

  post<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>) {
    return this.ask<T>({ ...options, url, data, method: 'POST' });
  }

  patch<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>) {
    return this.ask<T>({ ...options, url, data, method: 'PATCH' });
  }

  put<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>) {
    return this.ask<T>({ ...options, url, data, method: 'PUT' });
  }
}

async function send<T>(options: BackendSrvRequest, signal: AbortSignal): Promise<FetchResponse<T>> {
  const signals = options.abortSignal ? AbortSignal.any([options.abortSignal, signal]) : signal;
  let response: Response;
  let data: T;
  try {
    response = await fetch(address(options), { ...body(options), signal: signals });
    data = (await read(response, options.responseType)) as T;
  } catch (cause) {
    if (signals.aborted) {
      fail({ status: -1, statusText: 'Request was aborted', cancelled: true, data: null, config: options });
    }
    // No response: Grafana returns the browser's error.
    fail({ status: 0, statusText: String(cause), data: { message: String(cause) }, config: options });
  }
  const { status, statusText, ok, headers, redirected, type, url } = response;
  if (!ok) {
    fail({ status, statusText, data: errorData(data, statusText), config: options });
  }
  return { data, status, statusText, ok, headers, redirected, type, url, config: options };
}

function address({ url, params = {} }: BackendSrvRequest): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null);
  const query = new URLSearchParams(given.flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)])));
  const joint = url.includes('?') ? '&' : '?';
  return new URL(query.size > 0 ? `${url}${joint}${query}` : url, document.baseURI).href;
}

function body({ data, headers, method = 'GET' }: BackendSrvRequest): RequestInit {
  const accept = { accept: 'application/json, text/plain, */*' };
  if (data === undefined || data === null) {
    return { method, headers: { ...accept, ...headers } };
  }
  const isRaw =
    typeof data === 'string' || data instanceof Blob || data instanceof FormData || data instanceof URLSearchParams;
  const type: Record<string, string> = isRaw ? {} : { 'content-type': 'application/json' };
  return { method, headers: { ...accept, ...type, ...headers }, body: isRaw ? data : JSON.stringify(data) };
}

async function read(response: Response, type: BackendSrvRequest['responseType']): Promise<unknown> {
  switch (type) {
    case 'arraybuffer':
      return response.arrayBuffer();
    case 'blob':
      return response.blob();
    case 'text':
      return response.text();
    default:
      return parse(await response.text());
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not every response is JSON. Grafana returns other text unchanged.
    return text;
  }
}

// Text becomes { message, error, response }. An object that has only an error gets a message.
function errorData(data: unknown, statusText: string): unknown {
  if (typeof data === 'string') {
    return { message: statusText, error: data, response: data };
  }
  const hasOnlyError = isRecord(data) && !data.message && typeof data.error === 'string';
  return hasOnlyError ? { ...data, message: data.error } : (data ?? { message: 'Unexpected error' });
}

function fail(error: FetchError): never {
  if (error.config.showErrorAlert !== false && hasMessage(error.data)) {
    getAppEvents().publish({ type: AppEvents.alertError.name, payload: [error.data.message] });
  }
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- Grafana's errors are plain objects, so are these
  throw error;
}

function hasMessage(data: unknown): data is { message: string } {
  return isRecord(data) && typeof data.message === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
