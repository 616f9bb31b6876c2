import { KEEPER_RULES } from './keeper-rules.ts';
import { queue, SPOOL_AGE, TO_KEEPER, TO_LOKI, total } from './metrics.ts';

/** A Prometheus alert rule about the delivery of entries, based on metrics of applications, collector and Loki. */
export interface PipelineRule {
  /** The alert's name. */
  id: string;
  severity: 'warning' | 'high' | 'critical';
  /** A PromQL query that only returns series with a problem. */
  query: string;
  /** How long the problem must last, in seconds. */
  forSeconds: number;
  summary: string;
  /** The description. */
  meaning: string;
  /** The steps to take. */
  runbook: string;
  /** The related section of docs/. */
  docs: string;
}

/** The maximum interval of scraping and evaluation, so that alerts fire within two minutes. */
export const EVERY_SECONDS = 30;

/**
 * The growth of a counter. A series that starts with the first loss has no earlier value, so its value counts.
 */
function growth(counter: string, by: string): string {
  const sum = (series: string) => `sum by (${by}) (${series})`;
  return `(${sum(`increase(${counter}[5m])`)} > 0) or ((${sum(counter)} > 0) unless ${sum(`${counter} offset 5m`)})`;
}

/** The metrics of some of the collector's exporters. */
function exporterMetrics(which: string) {
  return {
    sendFailed: total('otelcol_exporter_send_failed_log_records', which),
    enqueueFailed: total('otelcol_exporter_enqueue_failed_log_records', which),
    sent: total('otelcol_exporter_sent_log_records', which),
    queued: `sum by (exporter) (${queue('capacity', which)})`,
    queueSize: `sum by (exporter) (${queue('size', which)})`,
  };
}

const toKeeper = exporterMetrics(TO_KEEPER);
const toLoki = exporterMetrics(TO_LOKI);

const isFilling = ({ queueSize, queued }: typeof toLoki) => `${queueSize} / ${queued} > 0.5`;
const isStuck = ({ queueSize, sent }: typeof toLoki) =>
  `${queueSize} > 0 unless on (exporter) (sum by (exporter) (increase(${sent}[2m])) > 0)`;
const WAL_FAILURES = [
  'loki_ingester_wal_corruptions_total',
  'loki_ingester_checkpoint_creations_failed_total',
  'loki_ingester_checkpoint_deletions_failed_total',
  'loki_ingester_chunks_flush_failures_total',
  'prometheus_tsdb_wal_writes_failed_total',
  'prometheus_tsdb_wal_truncations_failed_total',
];
const FINDINGS = 'docs/doctor.md#findings';

/** The rules about the delivery of entries. */
export const PIPELINE_RULES: readonly PipelineRule[] = [
  {
    id: 'AuditrailLokiRefusesEntries',
    severity: 'critical',
    query: growth('loki_discarded_samples_total', 'tenant, reason'),
    forSeconds: 0,
    summary: 'Loki refuses audit entries of tenant {{ .Labels.tenant }}: {{ .Labels.reason }}',
    meaning:
      'Entries exceed a limit of this tenant. Senders without a spool lose them; the SDK keeps them in its spool or as dead letters.',
    runbook: 'Raise the limit, then resend the dead letters.',
    docs: FINDINGS,
  },
  {
    id: 'AuditrailLokiDiskFull',
    severity: 'critical',
    query: growth('loki_ingester_wal_disk_full_failures_total', 'instance'),
    forSeconds: 0,
    summary: 'The disk of Loki {{ .Labels.instance }} is full, and Loki refuses audit entries',
    meaning: 'Loki cannot store entries. Senders wait and try again.',
    runbook: "Free space on Loki's disk.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailLokiDiskFills',
    severity: 'high',
    query: 'max by (instance) (loki_ingester_wal_disk_usage_percent) >= 0.8',
    forSeconds: 0,
    summary: 'The disk of Loki {{ .Labels.instance }} is {{ .Value | humanizePercentage }} full',
    meaning: 'At 90 %, Loki refuses entries.',
    runbook: "Free space on Loki's disk.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailLokiWalFails',
    severity: 'critical',
    query: WAL_FAILURES.map((name) => `(${growth(name, 'instance')})`).join(' or '),
    forSeconds: 0,
    summary: 'Loki {{ .Labels.instance }} cannot write its write-ahead log or chunks',
    meaning: 'Accepted entries may be missing after a restart.',
    runbook: "Check Loki's log and disk. Afterwards, check for missing entries with auditrail verify.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailCollectorDropsEntries',
    severity: 'critical',
    query:
      `((${growth(toLoki.sendFailed, 'exporter')}) and on (exporter) ${toLoki.queued})` +
      ` or (${growth(toLoki.enqueueFailed, 'exporter')})`,
    forSeconds: 0,
    summary: 'The collector drops audit entries: {{ .Labels.exporter }}',
    meaning:
      'Loki permanently refused entries that the collector had accepted, or the queue was full. These entries are lost.',
    runbook: "Check the collector's log for Loki's response, and the queue's disk.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailCollectorRefusesEntries',
    severity: 'high',
    query:
      ['refused', 'failed']
        .map((kind) => `(sum by (receiver) (increase(${total(`otelcol_receiver_${kind}_log_records`)}[2m])) > 0)`)
        .join(' or ') +
      ` or (sum by (exporter) (increase(${toLoki.sendFailed}[2m])) > 0 unless on (exporter) ${toLoki.queued})`,
    forSeconds: 30,
    summary:
      'The collector refuses audit entries{{ with .Labels.receiver }} at {{ . }}{{ end }}{{ with .Labels.exporter }} that {{ . }} cannot deliver{{ end }}',
    meaning: 'Senders with a spool keep the entries and try again. Other senders may lose them.',
    runbook: "Check that Loki runs and accepts entries. The collector's log has its response.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailQueueFills',
    severity: 'high',
    query: isFilling(toLoki),
    forSeconds: 0,
    summary: 'The queue of {{ .Labels.exporter }} is {{ .Value | humanizePercentage }} full',
    meaning: 'Entries arrive faster than Loki accepts them. If the queue is full, senders have to wait.',
    runbook: 'Check that Loki runs, accepts entries and has free disk space.',
    docs: FINDINGS,
  },
  {
    id: 'AuditrailQueueStuck',
    severity: 'high',
    query: isStuck(toLoki),
    forSeconds: 60,
    summary: 'Audit entries in the queue of {{ .Labels.exporter }} are not sent',
    meaning: 'Loki is down, or refuses the first entries in the queue. No entries are lost yet.',
    runbook: "Check that Loki runs. The collector's log has its response.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailKeeperMissesEntries',
    severity: 'high',
    query: `(${growth(toKeeper.sendFailed, 'exporter')}) or (${growth(toKeeper.enqueueFailed, 'exporter')})`,
    forSeconds: 0,
    summary: 'The collector drops audit entries for the keeper',
    meaning:
      'Loki has these entries. The queue of the keeper is full or its disk is, or the keeper refused the entries.',
    runbook:
      "Check that the keeper runs and has free disk space. The collector's log has its response. The keeper then adds the entries from Loki by itself.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailKeeperBehind',
    severity: 'warning',
    query: `(${isFilling(toKeeper)}) or (${isStuck(toKeeper)})`,
    forSeconds: 60,
    summary: 'Audit entries for the keeper wait in the queue of the collector',
    meaning: 'The keeper is down or slow. Loki has these entries. When the queue is full, the keeper misses entries.',
    runbook: 'Check that the keeper runs and has free disk space.',
    docs: FINDINGS,
  },
  {
    id: 'AuditrailEntriesNotRecorded',
    severity: 'critical',
    query: growth('audit_records_dropped_total', 'service_name, audit_tenant, reason'),
    forSeconds: 0,
    summary: 'Audit entries of {{ .Labels.service_name }} are not delivered: {{ .Labels.reason }}',
    meaning: 'record() refused entries, or Loki or the collector permanently refused them, and they are dead letters.',
    runbook: "Check the application's log, and the dead letters with auditrail dead-letters list.",
    docs: 'docs/opentelemetry.md#dead-letters',
  },
  {
    id: 'AuditrailEntriesNotStored',
    severity: 'critical',
    query: growth('audit_records_resent_total', 'service_name, audit_tenant'),
    forSeconds: 0,
    summary: 'Accepted audit entries of {{ .Labels.service_name }} were not found in Loki',
    meaning:
      'Loki, or a proxy before it, accepts entries without storing them. The SDK sends its entries again until they are stored. Entries of other senders are lost.',
    runbook: "Check the application's log (NOT_STORED), Loki's limits and log, and the proxies before Loki.",
    docs: 'docs/opentelemetry.md#reading-back',
  },
  {
    id: 'AuditrailEntriesNotSeen',
    severity: 'warning',
    query: growth('audit_records_unproven_total', 'service_name, audit_tenant'),
    forSeconds: 0,
    summary: 'Accepted audit entries of {{ .Labels.service_name }} could not be read back',
    meaning: 'Loki cannot be queried, or the spool or its disk is full. The entries are probably stored.',
    runbook:
      "Check the application's log (READ_BACK_UNAVAILABLE, NOT_READ_BACK). The application must send to the gateway, with a token with the role write.",
    docs: 'docs/opentelemetry.md#reading-back',
  },
  {
    id: 'AuditrailEntriesWait',
    severity: 'high',
    query: `max by (service_name, audit_tenant) (${SPOOL_AGE}) > 60`,
    forSeconds: 0,
    summary: 'Audit entries of {{ .Labels.service_name }} are undelivered for {{ .Value | humanizeDuration }}',
    meaning: 'The entries are safe in the spool, but not in Loki yet.',
    runbook: "Check the application's log: the collector cannot be reached, or refuses entries.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailRequestsNotRecorded',
    severity: 'warning',
    query: growth('audit_requests_unrecorded_total', 'http_request_method, http_route'),
    forSeconds: 0,
    summary: '{{ .Labels.http_request_method }} {{ .Labels.http_route }} changed something and recorded nothing',
    meaning: 'A request changed something and succeeded, and no audit entry was recorded during it.',
    runbook: 'Record an entry in this route, or exempt it with unrecorded.ignore if it changes nothing that matters.',
    docs: 'docs/requests.md#requests-that-record-nothing',
  },
  ...KEEPER_RULES,
  {
    id: 'AuditrailMetricsMissing',
    severity: 'high',
    query:
      'absent(loki_ingester_wal_disk_full_failures_total) or absent({__name__=~"otelcol_process_uptime(_seconds)?(_total)?"})',
    forSeconds: 60,
    summary: 'Metrics of Loki or the collector are missing: the delivery of audit entries is not monitored',
    meaning: 'Loki or the collector does not run, or Prometheus cannot reach it. The other alerts cannot fire.',
    runbook: 'Check that Loki and the collector run, and that Prometheus scrapes both.',
    docs: FINDINGS,
  },
];
