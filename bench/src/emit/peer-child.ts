import { once } from 'node:events';
import { createAuditLogger } from '@auditrail/sdk';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { pino } from 'pino';
import type { LokiOptions } from 'pino-loki';
import { createLogger } from 'winston';
import LokiTransport from 'winston-loki';
import { childInput } from '../child.ts';
import { sampleEntry } from '../sample.ts';
import type { Peer, PeerInput, PeerResult } from './peer.ts';

const input = childInput<PeerInput>();
const { entries, tenant, collector, token, loki } = input;
const service = 'bench';
const tenantHeader = { 'X-Scope-OrgID': tenant };

// Each writes the burst, then flushes and closes its logger as documented.
const peers: Record<Peer, () => Promise<void>> = {
  async auditrail() {
    const audit = createAuditLogger({ service, spool: input.folder, endpoint: collector, token, tenant });
    const receipts = Array.from({ length: entries }, (_, n) => audit.record(sampleEntry(n)));
    await Promise.all(receipts);
    await audit.flush({ timeoutMs: 60_000 });
    await audit.shutdown();
  },

  async otel_batch() {
    const headers = { ...tenantHeader, Authorization: `Bearer ${token}` };
    const exporter = new OTLPLogExporter({ url: `${collector}/v1/logs`, headers });
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ 'service.name': service }),
      processors: [new BatchLogRecordProcessor({ exporter })],
    });
    const logger = provider.getLogger(service);
    for (let n = 0; n < entries; n++) logger.emit({ eventName: 'order.updated', body: JSON.stringify(sampleEntry(n)) });
    await provider.forceFlush();
    await provider.shutdown();
  },

  async winston_loki() {
    const transport = new LokiTransport({ host: loki, headers: tenantHeader, labels: { service_name: service } });
    const logger = createLogger({ transports: [transport] });
    for (let n = 0; n < entries; n++) logger.info('order.updated', sampleEntry(n));
    logger.end();
    await once(logger, 'finish');
    await transport.flush();
  },

  async pino_loki() {
    const options: LokiOptions = { host: loki, headers: tenantHeader, labels: { service_name: service } };
    const transport = pino.transport({ target: 'pino-loki', options });
    const logger = pino(transport);
    for (let n = 0; n < entries; n++) logger.info(sampleEntry(n));
    transport.end();
    await once(transport, 'close');
  },
};

// pino's worker thread does not keep the process running.
setInterval(() => undefined, 1_000);
const began = performance.now();
await peers[input.peer]();
const result: PeerResult = { ms: performance.now() - began };
console.log(JSON.stringify(result));
// winston-loki's timer would keep the process running.
process.exit(0);
