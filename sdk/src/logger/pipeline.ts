import { ChainWriter } from '../chain/chain-writer.ts';
import { createDigest } from '../chain/integrity.ts';
import { Delivery, type DeliveryOptions } from '../delivery/delivery.ts';
import { otlpTransport } from '../delivery/otlp-transport.ts';
import { storedReader } from '../delivery/stored-reader.ts';
import { createAuditMetrics, type AuditMetrics } from '../metrics.ts';
import { openSubSpool } from '../spool/sub-spools.ts';
import { reportFailures, type ReportFailure } from './failures.ts';
import { DEFAULTS, type AuditLoggerOptions } from './options.ts';

/** The parts of a logger that an entry passes on its way to Loki. */
export interface Pipeline {
  chain: ChainWriter;
  delivery: Delivery;
  metrics: AuditMetrics;
  failed: ReportFailure;
}

function requestHeaders({ headers, tenant = DEFAULTS.tenant }: AuditLoggerOptions): Record<string, string> {
  return { ...headers, 'X-Scope-OrgID': tenant };
}

function readBackOf(options: AuditLoggerOptions): DeliveryOptions['readBack'] {
  if (options.readBack === false) return undefined;
  const { service, tls, readBack = {}, timeoutMs = DEFAULTS.timeoutMs } = options;
  const { afterMs = DEFAULTS.afterMs, keepMs = DEFAULTS.keepMs, token = options.token } = readBack;
  const endpoint = readBack.endpoint ?? options.endpoint ?? DEFAULTS.endpoint;
  const reader = storedReader({ service, tls, token, endpoint, timeoutMs, headers: requestHeaders(options) });
  return { afterMs, keepMs, endpoint, reader };
}

/** @throws AuditError `SPOOL_UNAVAILABLE`, `INVALID_KEY`; TypeError for an endpoint that is not an address */
export function openPipeline(options: AuditLoggerOptions): Pipeline {
  const { service, token, tls, integrity = {}, onError, spoolMaxBytes: maxBytes } = options;
  const { log = console, maxBackoffMs = DEFAULTS.maxBackoffMs, timeoutMs = DEFAULTS.timeoutMs } = options;
  const { endpoint = DEFAULTS.endpoint, tenant = DEFAULTS.tenant } = options;
  const digest = createDigest(integrity);
  const headers = requestHeaders(options);
  const transport = otlpTransport({ service, digest, token, tls, endpoint, headers, timeoutMs });
  const readBack = readBackOf(options);
  const metrics = createAuditMetrics({
    service,
    tenant,
    depth: () => chain.spool.pending,
    oldestMs: () => chain.delivery.oldestMs,
    unseen: () => chain.delivery.unseen,
    bytes: () => chain.spool.bytes,
  });
  const failed = reportFailures({ onError, log, metrics });
  const delivery = new Delivery({ transport, readBack, log, maxBackoffMs, metrics });
  const spools = { folder: options.spool, log, ...(maxBytes !== undefined && { maxBytes }) };
  let chain: ChainWriter;
  try {
    chain = new ChainWriter({
      ...{ service, integrity, digest, delivery, log },
      openSpool: () => openSubSpool(spools),
      onLost: (error, entry) =>
        log.error(`an entry about the chain could not be stored: ${failed(error, entry).message}`),
    });
  } catch (error) {
    metrics.stop();
    throw error;
  }
  delivery.adoptAbandoned(spools);
  return { chain, delivery, metrics, failed };
}
