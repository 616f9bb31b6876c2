import { AuditError } from '../errors.ts';

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

/** A whole answer to a GET. */
interface HttpAnswer {
  status: number;
  contentType: string;
  body: Uint8Array;
}

/** Asks once; rejects where there is no whole answer. */
export type HttpGet = (url: string, headers: Record<string, string>, signal?: AbortSignal) => Promise<HttpAnswer>;

export interface HttpLokiClientOptions {
  /** Address of Loki or of the gateway, without `/loki`. */
  url: string;
  /** Loki's tenant (`X-Scope-OrgID`). */
  tenant: string;
  /** Further headers, such as the gateway's `Authorization`. */
  headers?: Record<string, string>;
  /** Reads the body of an answer that `headers` asked for in another form than JSON; what it throws is no answer of Loki's. */
  parse?: (body: Uint8Array, contentType: string) => unknown;
  /** How it is asked; by `fetch` where nothing else is given. */
  httpGet?: HttpGet;
}

const fetchWhole: HttpGet = async (url, headers, signal) => {
  const response = await fetch(url, { headers, redirect: 'error', ...(signal && { signal }) });
  const body = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, contentType: response.headers.get('Content-Type') ?? '', body };
};

const parseJson = (body: Uint8Array) => JSON.parse(new TextDecoder().decode(body)) as unknown;

// Loki's own words say what is wrong (a syntax error, a limit); a proxy's HTML page does not.
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
  const { url, tenant, headers = {}, parse = parseJson, httpGet = fetchWhole } = options;
  const base = url.replace(/\/+$/, '');
  return {
    async get(path, params, signal) {
      let answer: HttpAnswer;
      try {
        // Fewer and larger streams in the answer: entries that differ only in metadata share one.
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
        throw new AuditError('LOKI_ANSWER', `${base} answered with something that cannot be read`, { cause });
      }
    },
  };
}
