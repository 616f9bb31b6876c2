import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AuditError } from '@auditrail/core';
import type { Digest } from '../chain/integrity.ts';
import { authorization, endpointUrl, networkProblem, type EndpointOptions } from './endpoint.ts';
import { httpClient } from './http-client.ts';
import { otlpVerdict, type OtlpVerdict } from './otlp-answer.ts';
import { OtlpRecords, type EncodedLogs } from './otlp-records.ts';
import type { Stamp } from './stamp.ts';

/** The result for the first `sent` lines of a batch; the lines behind them were not sent. */
export type SendResult = OtlpVerdict & {
  sent: number;
  /** Where to find each of these lines in Loki; `undefined` for a line without a chain. */
  stamps?: readonly (Stamp | undefined)[];
};

export interface Transport {
  /** Tries once to deliver as many of the lines, from the first, as fit into one request; never rejects. */
  send(lines: readonly string[]): Promise<SendResult>;
  /** Ends a request under way immediately. */
  shutdown(): Promise<void>;
}

export interface OtlpTransportOptions extends EndpointOptions {
  /** How the chain is hashed. Default plain SHA-256. */
  digest?: Digest | undefined;
  /** Bytes of one request before compression. Default 4,000,000. */
  maxRequestBytes?: number | undefined;
}

// One batch of the collector's queue; its receiver refuses requests over 20 MiB uncompressed. An entry of the largest size is
// below both.
const MAX_REQUEST_BYTES = 4_000_000;
// Measured with entries: as fast as level 1, and a tenth smaller.
const GZIP_LEVEL = 3;
const compress = promisify(gzip);
// Asks the collector to answer only after Loki has answered (collector-config/collector.yaml): the spool keeps the entries
// until then, so that no queue in between has to.
const WAIT_FOR_LOKI = { 'X-Auditrail-Wait': 'loki' };

/**
 * Sends lines as OpenTelemetry log records over OTLP/HTTP (JSON, gzip). It does not queue, retry or drop: the spool does what
 * OpenTelemetry's own processors and exporters do not (it keeps entries and their order, retries endlessly, and does not take a
 * partial success for a complete one).
 *
 * @throws TypeError if the endpoint is not an address
 */
export function otlpTransport(options: OtlpTransportOptions): Transport {
  const { service, headers, timeoutMs, maxRequestBytes = MAX_REQUEST_BYTES } = options;
  // Starts immediately, so that neither the first request nor a request to the application waits for it.
  const loading = import('./otlp-libraries.ts').then(
    ({ ProtobufLogsSerializer, LoggerProvider, resourceFromAttributes, JsonLogsSerializer }) => ({
      protobuf: ProtobufLogsSerializer,
      records: new OtlpRecords({ LoggerProvider, resourceFromAttributes, JsonLogsSerializer }, service, options.digest),
    }),
  );
  // The first request reports a failure.
  loading.catch(() => undefined);
  const client = httpClient(endpointUrl(options.endpoint, '/v1/logs'), timeoutMs, options.tls);

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
        const bearer = await authorization(options);
        const body = await compress(encoded.body, { level: GZIP_LEVEL });
        const answer = await client.post(
          {
            ...WAIT_FOR_LOKI,
            ...headers,
            'Content-Type': 'application/json',
            'Content-Encoding': 'gzip',
            ...bearer,
          },
          body,
        );
        return { ...otlpVerdict(answer, protobuf), sent, stamps: encoded.stamps };
      } catch (error) {
        return { outcome: 'failed', sent, reason: networkProblem(error) };
      }
    },

    shutdown() {
      client.close();
      return Promise.resolve();
    },
  };
}
