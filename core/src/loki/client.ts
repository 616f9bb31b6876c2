import { AuditError } from '../errors.ts';

/** The read endpoints of Loki's HTTP API that Auditrail uses; the gateway lets nothing else through. */
export const LOKI_PATHS = {
  queryRange: '/loki/api/v1/query_range',
  query: '/loki/api/v1/query',
  limits: '/loki/api/v1/drilldown-limits',
} as const;

export type LokiPath = (typeof LOKI_PATHS)[keyof typeof LOKI_PATHS];

/**
 * A client of Loki, over HTTP ({@link httpLokiClient}) or through Grafana. `get` resolves with the parsed JSON (or, for a
 * log query, with `LokiLines`) and rejects with an AuditError `LOKI_REFUSED` (with `status`), `LOKI_UNREACHABLE` or
 * `LOKI_ANSWER`.
 */
export interface LokiClient {
  get(path: LokiPath, params: Record<string, string>, signal?: AbortSignal): Promise<unknown>;
}

/** A complete answer to a GET. */
interface HttpAnswer {
  status: number;
  contentType: string;
  body: Uint8Array;
}

/** Sends one request; rejects if there is no complete answer. */
export type HttpGet = (url: string, headers: Record<string, string>, signal?: AbortSignal) => Promise<HttpAnswer>;

export interface HttpLokiClientOptions {
  /** Address of Loki or of the gateway, without `/loki`. */
  url: string;
  /** Loki's tenant (`X-Scope-OrgID`). */
  tenant: string;
  /** Further headers, such as the gateway's `Authorization`. */
  headers?: Record<string, string>;
  /** Parses the body if `headers` request a format other than JSON; if it throws, the answer is not Loki's. */
  parse?: (body: Uint8Array, contentType: string) => unknown;
  /** Sends the requests. Default: `fetch`. */
  httpGet?: HttpGet;
}

const fetchComplete: HttpGet = async (url, headers, signal) => {
  const response = await fetch(url, { headers, redirect: 'error', ...(signal && { signal }) });
  const body = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, contentType: response.headers.get('Content-Type') ?? '', body };
};

const parseJson = (body: Uint8Array) => JSON.parse(new TextDecoder().decode(body)) as unknown;

// Loki's text contains the reason (a syntax error, a limit); a proxy's HTML page does not.
function reasonOf(status: number, body: string): string {
  const text = body.trim().startsWith('<') ? '' : body.trim().slice(0, 500);
  return text ? `${status}: ${text}` : String(status);
}

/**
 * Reads Loki over HTTP.
 *
 * @example
 * const loki = httpLokiClient({ url: 'http://127.0.0.1:3100', tenant: 'audit' });
 */
export function httpLokiClient(options: HttpLokiClientOptions): LokiClient {
  const { url, tenant, headers = {}, parse = parseJson, httpGet = fetchComplete } = options;
  const base = url.replace(/\/+$/, '');
  return {
    async get(path, params, signal) {
      let answer: HttpAnswer;
      try {
        // Fewer and larger streams in the answer: entries that differ only in metadata share a stream.
        const flags = { 'X-Loki-Response-Encoding-Flags': 'categorize-labels' };
        const all = { ...flags, ...headers, 'X-Scope-OrgID': tenant };
        answer = await httpGet(`${base}${path}?${new URLSearchParams(params)}`, all, signal);
      } catch (cause) {
        signal?.throwIfAborted();
        throw new AuditError('LOKI_UNREACHABLE', `no answer from ${base}`, { cause });
      }
      const { status, contentType, body } = answer;
      if (status < 200 || status > 299) {
        throw new AuditError('LOKI_REFUSED', `Loki answered ${reasonOf(status, new TextDecoder().decode(body))}`, {
          status,
        });
      }
      try {
        return parse(body, contentType);
      } catch (cause) {
        throw new AuditError('LOKI_ANSWER', `${base} sent an answer that cannot be parsed`, { cause });
      }
    },
  };
}
