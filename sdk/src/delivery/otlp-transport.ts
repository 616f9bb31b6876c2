import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AuditError } from '@auditrail/core';
import { httpClient, type TlsOptions } from './http-post.ts';
import type { Digest } from '../chain/integrity.ts';
import { otlpVerdict, type OtlpVerdict } from './otlp-answer.ts';
import { otlpRecords, type EncodedLogs } from './otlp-records.ts';
import type { Stamp } from './stamp.ts';

/** What became of the first `sent` lines of a batch; of those behind them nothing is said. */
export type SendResult = OtlpVerdict & {
  sent: number;
  /** Where to find each of these lines in Loki again; `undefined` for one that is of no chain. */
  stamps?: readonly (Stamp | undefined)[];
};

export interface Transport {
  /** Tries once to deliver lines, from the first on, as many as one request takes; never rejects. */
  send(lines: readonly string[]): Promise<SendResult>;
  /** Ends a request that is under way, at once. */
  shutdown(): Promise<void>;
}

/** The collector's bearer token, or what gives the one that holds now; it is asked before every request. */
export type TokenSource = string | (() => string | Promise<string>);

export interface OtlpTransportOptions {
  service: string;
  /** How the chain is hashed. Default plain SHA-256. */
  digest?: Digest | undefined;
  /** OTLP base address; `/v1/logs` is added. */
  endpoint: string;
  headers: Record<string, string>;
  /** Sent as `Authorization: Bearer`. */
  token?: TokenSource | undefined;
  /** Own authorities and client certificate, for `https`. */
  tls?: TlsOptions | undefined;
  /** Milliseconds for one request, from connecting to the last byte of the answer. */
  timeoutMs: number;
  /** Bytes of one request before compression. Default 4,000,000. */
  maxRequestBytes?: number | undefined;
}

// One batch of the collector's queue; its receiver refuses what unpacks to over 20 MiB. An entry of the greatest size stays
// below both.
const MAX_REQUEST_BYTES = 4_000_000;
// Measured on entries: as fast as level 1, and a tenth smaller.
const GZIP_LEVEL = 3;
const compress = promisify(gzip);
// Asks the collector to answer only once Loki has answered (collector-config/collector.yaml): the spool keeps the entries until
// then, and no queue in between has to.
const WAIT_FOR_LOKI = { 'X-Auditrail-Wait': 'loki' };

/** @throws TypeError where the endpoint is no address */
export function baseOf(endpoint: string, path: string): URL {
  const url = URL.parse(`${endpoint.replace(/\/+$/, '')}${path}`);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new TypeError(`the endpoint "${endpoint}" is no http or https address, such as http://localhost:4318`);
}

/** An error of the network in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node gives several addresses' errors as one without a message.
  const inner: unknown[] = error instanceof AggregateError ? error.errors : [];
  return error.message || inner.map(reasonOf).join('; ') || error.name;
}

/** @throws Error where a function gives no token within `timeoutMs` */
export async function currentToken(token: TokenSource | undefined, timeoutMs: number): Promise<string | undefined> {
  if (typeof token !== 'function') return token;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no token within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([token(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Sends lines as OpenTelemetry log records by OTLP/HTTP (JSON, gzip). The spool does what OpenTelemetry's own processors and
 * exporters do not (keep, order, endless retry, no partial success taken for a whole one), so this neither queues, retries
 * nor drops.
 *
 * @throws TypeError where the endpoint is no address
 */
export function otlpTransport(options: OtlpTransportOptions): Transport {
  const { service, headers, token, timeoutMs, maxRequestBytes = MAX_REQUEST_BYTES } = options;
  // At once, so that no request waits for it, and none of the application's.
  const loading = import('./otlp-libraries.ts').then((libraries) => ({
    protobuf: libraries.ProtobufLogsSerializer,
    records: otlpRecords(libraries, service, options.digest),
  }));
  // Said by the first request.
  loading.catch(() => undefined);
  const client = httpClient(baseOf(options.endpoint, '/v1/logs'), timeoutMs, options.tls);

  return {
    async send(lines) {
      const { records, protobuf } = await loading;
      let encoded: EncodedLogs;
      try {
        encoded = await records.encode(lines, maxRequestBytes);
      } catch (error) {
        // A line that a newer version of this package spooled.
        if (error instanceof AuditError) {
          return { outcome: 'refused', cause: 'unreadable', sent: 1, reason: error.message };
        }
        throw error;
      }
      const sent = encoded.count;
      try {
        const bearer = await currentToken(token, timeoutMs);
        const body = await compress(encoded.body, { level: GZIP_LEVEL });
        const answer = await client.post(
          {
            ...WAIT_FOR_LOKI,
            ...headers,
            'Content-Type': 'application/json',
            'Content-Encoding': 'gzip',
            ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
          },
          body,
        );
        return { ...otlpVerdict(answer, protobuf), sent, stamps: encoded.stamps };
      } catch (error) {
        return { outcome: 'failed', sent, reason: reasonOf(error) };
      }
    },

    shutdown() {
      client.close();
      return Promise.resolve();
    },
  };
}
