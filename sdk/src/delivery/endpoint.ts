import { withTimeout } from '../with-timeout.ts';
import type { TlsOptions } from './http-client.ts';

/** A bearer token, or a function that returns the current one; it is called before every request. */
export type TokenSource = string | (() => string | Promise<string>);

/** A service of Auditrail that requests go to. */
export interface EndpointOptions {
  /** OpenTelemetry's `service.name` of the entries. */
  service: string;
  /** Base address; the path is added. */
  endpoint: string;
  headers: Record<string, string>;
  /** Sent as `Authorization: Bearer`. */
  token?: TokenSource | undefined;
  /** Own authorities and client certificate, for `https`. */
  tls?: TlsOptions | undefined;
  /** Milliseconds for one request, from connecting to the last byte of the answer. */
  timeoutMs: number;
}

/** @throws TypeError if the endpoint is not an http or https address */
export function endpointUrl(endpoint: string, path: string): URL {
  const url = URL.parse(`${endpoint.replace(/\/+$/, '')}${path}`);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new TypeError(`the endpoint "${endpoint}" is not an http or https address, such as http://localhost:4318`);
}

/**
 * The `Authorization` header with the current token; none without a token.
 *
 * @throws Error if a function returns no token within `timeoutMs`
 */
export async function authorization({
  token,
  timeoutMs,
}: Pick<EndpointOptions, 'token' | 'timeoutMs'>): Promise<Record<string, string>> {
  const current =
    typeof token === 'function'
      ? await withTimeout(Promise.resolve(token()), timeoutMs, () => {
          throw new Error(`no token within ${timeoutMs} ms`);
        })
      : token;
  return current === undefined ? {} : { Authorization: `Bearer ${current}` };
}

/** The message of a network error. */
export function networkProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node reports the errors of several addresses as one without a message.
  const inner: unknown[] = error instanceof AggregateError ? error.errors : [];
  return error.message || inner.map(networkProblem).join('; ') || error.name;
}
