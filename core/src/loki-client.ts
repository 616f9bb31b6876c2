import { AuditError } from './errors.ts';

/** The read endpoints of Loki's HTTP API that Auditrail uses; the gateway lets nothing else through. */
export const LOKI_PATHS = {
  queryRange: '/loki/api/v1/query_range',
  query: '/loki/api/v1/query',
  limits: '/loki/api/v1/drilldown-limits',
} as const;

export type LokiPath = (typeof LOKI_PATHS)[keyof typeof LOKI_PATHS];

/**
 * A way to Loki: straight over HTTP ({@link httpLokiClient}), or through Grafana. `get` resolves with the parsed JSON (or, of
 * a log query, with `LokiLines`) and rejects with an AuditError `LOKI_REFUSED` (with `status`), `LOKI_UNREACHABLE` or `LOKI_ANSWER`.
 */
export interface LokiClient {
  get(path: LokiPath, params: Record<string, string>, signal?: AbortSignal): Promise<unknown>;
}

export interface HttpLokiClientOptions {
  /** Address of Loki or of the gateway, without `/loki`. */
  url: string;
  /** Loki's tenant (`X-Scope-OrgID`). */
  tenant: string;
  /** Further headers, such as the gateway's `Authorization`. */
  headers?: Record<string, string>;
  /** Reads the body of an answer that `headers` asked for in another form than JSON; what it throws is no answer of Loki's. */
  parse?: (body: Uint8Array, contentType: string) => unknown;
}

const parseJson = (body: Uint8Array) => JSON.parse(new TextDecoder().decode(body)) as unknown;

// Loki's own words say what is wrong (a syntax error, a limit); a proxy's HTML page does not.
function reasonOf(status: number, body: string): string {
  const text = body.trim().startsWith('<') ? '' : body.trim().slice(0, 500);
  return text ? `${status}: ${text}` : String(status);
}

/**
 * Reads Loki over HTTP with `fetch`.
 *
 * @example
 * const loki = httpLokiClient({ url: 'http://127.0.0.1:3100', tenant: 'audit' });
 */
export function httpLokiClient({ url, tenant, headers = {}, parse = parseJson }: HttpLokiClientOptions): LokiClient {
  const base = url.replace(/\/+$/, '');
  return {
    async get(path, params, signal) {
      let response: Response;
      let body: Uint8Array;
      try {
        response = await fetch(`${base}${path}?${new URLSearchParams(params)}`, {
          // Fewer and larger streams in the answer: entries that differ only in metadata share one.
          headers: { 'X-Loki-Response-Encoding-Flags': 'categorize-labels', ...headers, 'X-Scope-OrgID': tenant },
          redirect: 'error',
          ...(signal && { signal }),
        });
        body = new Uint8Array(await response.arrayBuffer());
      } catch (cause) {
        signal?.throwIfAborted();
        throw new AuditError('LOKI_UNREACHABLE', `no answer from ${base}`, { cause });
      }
      const { status } = response;
      if (!response.ok) {
        throw new AuditError('LOKI_REFUSED', `Loki answered ${reasonOf(status, new TextDecoder().decode(body))}`, {
          status,
        });
      }
      try {
        return parse(body, response.headers.get('Content-Type') ?? '');
      } catch (cause) {
        throw new AuditError('LOKI_ANSWER', `${base} answered with something that cannot be read`, { cause });
      }
    },
  };
}
