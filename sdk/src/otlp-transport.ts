import { ROOT_CONTEXT, trace, type Context, type HrTime } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { CompressionAlgorithm, OTLPExporterError } from '@opentelemetry/otlp-exporter-base';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type LogRecordProcessor, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import {
  ATTRIBUTES,
  AuditError,
  parseEntry,
  parseTime,
  SERVICE_NAME,
  toAttributes,
  type AuditEntry,
} from '@auditrail/core';
import { INTEGRITY, lineHash } from './chain.ts';

/** What became of a batch. */
export type SendResult =
  | { outcome: 'accepted' }
  /** The server refused exactly this content: sending it again cannot help. */
  | { outcome: 'refused'; reason: string }
  /** Anything else: the network, a server that is down or wrongly set up. */
  | { outcome: 'failed'; reason: string };

export interface Transport {
  send(lines: readonly string[]): Promise<SendResult>;
  shutdown(): Promise<void>;
}

export interface OtlpTransportOptions {
  service: string;
  /** OTLP base address; `/v1/logs` is added. */
  endpoint: string;
  headers: Record<string, string>;
  /** Milliseconds for one request. */
  timeoutMs: number;
}

// Statuses that speak of the content. 401, 403, 404 and the like speak of the set-up and are tried again.
const CONTENT_REFUSED = new Set([400, 413, 422]);

function toHrTime(ns: bigint): HrTime {
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

function traceContext(entry: AuditEntry): Context {
  return entry.trace ? trace.setSpanContext(ROOT_CONTEXT, { ...entry.trace, traceFlags: 1 }) : ROOT_CONTEXT;
}

/** Keeps what a provider emits, for one batch. */
class Collected implements LogRecordProcessor {
  records: ReadableLogRecord[] = [];
  onEmit(record: ReadableLogRecord): void {
    this.records.push(record);
  }
  forceFlush = () => Promise.resolve();
  shutdown = () => Promise.resolve();
}

/**
 * Sends lines as OpenTelemetry log records by OTLP/HTTP. The spool does what OpenTelemetry's own processors do not (keep,
 * order, endless retry), so this neither queues nor drops.
 */
export function otlpTransport({ service, endpoint, headers, timeoutMs }: OtlpTransportOptions): Transport {
  const collected = new Collected();
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ [SERVICE_NAME]: service }),
    // Ours are bounded by core; an environment variable meant for other logs must not cut them.
    logRecordLimits: { attributeCountLimit: 128, attributeValueLengthLimit: Infinity },
    processors: [collected],
  });
  const logger = provider.getLogger('@auditrail/sdk');
  const exporter = new OTLPLogExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/logs`,
    headers,
    timeoutMillis: timeoutMs,
    concurrencyLimit: 1,
    compression: CompressionAlgorithm.GZIP,
  });

  const toRecords = (lines: readonly string[]): ReadableLogRecord[] => {
    collected.records = [];
    for (const line of lines) {
      const entry = parseEntry(line);
      const timestamp = toHrTime(parseTime(entry.time) ?? 0n);
      logger.emit({
        eventName: entry.action,
        timestamp,
        // The same with every try: Loki tells an exact replay by it.
        observedTimestamp: timestamp,
        body: line,
        attributes: {
          ...toAttributes(entry),
          [ATTRIBUTES.integrityValue]: lineHash(line),
          [ATTRIBUTES.integrityAlgorithm]: INTEGRITY.algorithm,
          [ATTRIBUTES.integrityCanonicalization]: INTEGRITY.canonicalization,
        },
        context: traceContext(entry),
      });
    }
    return collected.records;
  };

  return {
    async send(lines) {
      let records: ReadableLogRecord[];
      try {
        records = toRecords(lines);
      } catch (error) {
        // A line that a newer version of this package spooled.
        if (error instanceof AuditError) return { outcome: 'refused', reason: error.message };
        throw error;
      }
      const { code, error } = await new Promise<{ code: number; error?: Error }>((resolve) => {
        exporter.export(records, resolve);
      });
      if (code === 0) return { outcome: 'accepted' };
      // `data` is the server's own explanation.
      const { code: status, data } = error instanceof OTLPExporterError ? error : {};
      const parts = [status === undefined ? '' : String(status), error?.message ?? 'no answer', data ?? ''];
      const reason = parts.filter((part) => part !== '').join(' ');
      return { outcome: status !== undefined && CONTENT_REFUSED.has(status) ? 'refused' : 'failed', reason };
    },
    shutdown: () => exporter.shutdown(),
  };
}
