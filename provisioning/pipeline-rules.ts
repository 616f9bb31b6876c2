/** An alert rule of Prometheus about the way of entries: what collector, Loki and applications count. */
export interface PipelineRule {
  /** Prometheus' name of the alert. */
  id: string;
  severity: 'warning' | 'high' | 'critical';
  /** PromQL with a number per series; what is well is no series at all. */
  query: string;
  /** How long it has to last, in seconds. */
  forSeconds: number;
  summary: string;
  /** What it means. */
  meaning: string;
  /** What to do. */
  runbook: string;
  /** Its part of docs/. */
  docs: string;
}

/** Prometheus must scrape and evaluate at least this often, so that somebody is told within two minutes. */
export const EVERY_SECONDS = 30;

// Collectors and exporters of metrics add units and "_total" to names, or not, depending on configuration and version.
const total = (name: string) => `{__name__=~"${name}(_total)?"}`;

/**
 * How much a counter grew. A series that begins with its first loss has no earlier value to grow from: then its value.
 */
function growth(counter: string, by: string): string {
  const sum = (series: string) => `sum by (${by}) (${series})`;
  return `(${sum(`increase(${counter}[5m])`)} > 0) or ((${sum(counter)} > 0) unless ${sum(`${counter} offset 5m`)})`;
}

const SEND_FAILED = total('otelcol_exporter_send_failed_log_records');
const SENT = total('otelcol_exporter_sent_log_records');
const QUEUED = 'sum by (exporter) (otelcol_exporter_queue_capacity{data_type="logs"})';
const QUEUE_SIZE = 'sum by (exporter) (otelcol_exporter_queue_size{data_type="logs"})';
const WAL_FAILURES = [
  'loki_ingester_wal_corruptions_total',
  'loki_ingester_checkpoint_creations_failed_total',
  'loki_ingester_checkpoint_deletions_failed_total',
  'loki_ingester_chunks_flush_failures_total',
  'prometheus_tsdb_wal_writes_failed_total',
  'prometheus_tsdb_wal_truncations_failed_total',
];
const FINDINGS = 'docs/doctor.md#findings';

/** The rules about the way of entries. */
export const PIPELINE_RULES: readonly PipelineRule[] = [
  {
    id: 'AuditrailLokiRefusesEntries',
    severity: 'critical',
    query: growth('loki_discarded_samples_total', 'tenant, reason'),
    forSeconds: 0,
    summary: 'Loki refuses audit entries of tenant {{ .Labels.tenant }}: {{ .Labels.reason }}',
    meaning:
      'A limit of this tenant refuses entries. Those of senders without a spool are lost; the SDK keeps its own, or lays them aside as dead letters.',
    runbook: 'Raise the limit, then send the dead letters again.',
    docs: FINDINGS,
  },
  {
    id: 'AuditrailLokiDiskFull',
    severity: 'critical',
    query: growth('loki_ingester_wal_disk_full_failures_total', 'instance'),
    forSeconds: 0,
    summary: 'The disk of Loki {{ .Labels.instance }} is full: it refuses audit entries',
    meaning: 'Loki cannot keep entries. Senders wait and try again.',
    runbook: "Make room on Loki's disk.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailLokiDiskFills',
    severity: 'high',
    query: 'max by (instance) (loki_ingester_wal_disk_usage_percent) >= 0.8',
    forSeconds: 0,
    summary: 'The disk of Loki {{ .Labels.instance }} is {{ .Value | humanizePercentage }} full',
    meaning: 'When 90 % are used, Loki refuses entries.',
    runbook: "Make room on Loki's disk.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailLokiWalFails',
    severity: 'critical',
    query: WAL_FAILURES.map((name) => `(${growth(name, 'instance')})`).join(' or '),
    forSeconds: 0,
    summary: 'Loki {{ .Labels.instance }} cannot write its write-ahead log or chunks',
    meaning: 'Entries that it accepted may be missing after a restart.',
    runbook: "See Loki's log and check its disk. Compare afterwards with auditrail verify.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailCollectorDropsEntries',
    severity: 'critical',
    query:
      `((${growth(SEND_FAILED, 'exporter')}) and on (exporter) ${QUEUED})` +
      ` or (${growth(total('otelcol_exporter_enqueue_failed_log_records'), 'exporter')})`,
    forSeconds: 0,
    summary: 'The collector drops audit entries: {{ .Labels.exporter }}',
    meaning: 'Loki refused for good what the collector had accepted, or its queue could not take it: entries are lost.',
    runbook: "The collector's log has Loki's answer. Check the queue's disk.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailCollectorRefusesEntries',
    severity: 'high',
    query:
      ['refused', 'failed']
        .map((kind) => `(sum by (receiver) (increase(${total(`otelcol_receiver_${kind}_log_records`)}[2m])) > 0)`)
        .join(' or ') + ` or (sum by (exporter) (increase(${SEND_FAILED}[2m])) > 0 unless on (exporter) ${QUEUED})`,
    forSeconds: 30,
    summary:
      'The collector refuses audit entries{{ with .Labels.receiver }} at {{ . }}{{ end }}{{ with .Labels.exporter }} that {{ . }} cannot deliver{{ end }}',
    meaning: 'Senders with a spool keep these entries and try again; others may lose them.',
    runbook: "See that Loki runs and accepts: the collector's log has its answer.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailQueueFills',
    severity: 'high',
    query: `${QUEUE_SIZE} / ${QUEUED} > 0.5`,
    forSeconds: 0,
    summary: 'The queue of {{ .Labels.exporter }} is {{ .Value | humanizePercentage }} full',
    meaning: 'Loki does not take entries as fast as they come. When the queue is full, senders have to wait.',
    runbook: 'See that Loki runs, accepts and has room.',
    docs: FINDINGS,
  },
  {
    id: 'AuditrailQueueStuck',
    severity: 'high',
    query: `${QUEUE_SIZE} > 0 unless on (exporter) (sum by (exporter) (increase(${SENT}[2m])) > 0)`,
    forSeconds: 60,
    summary: 'Audit entries wait in the queue of {{ .Labels.exporter }}, and none is sent',
    meaning: 'Loki is down, or refuses what is first in the queue. Nothing is lost yet.',
    runbook: "The collector's log has Loki's answer.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailEntriesNotRecorded',
    severity: 'critical',
    query: growth('audit_records_dropped_total', 'service_name, audit_tenant, reason'),
    forSeconds: 0,
    summary: '{{ .Labels.service_name }} has audit entries that are not delivered: {{ .Labels.reason }}',
    meaning: 'record() refused an entry, or Loki or the collector refused it for good: then it is a dead letter.',
    runbook: "See the application's log; auditrail dead-letters list shows what was laid aside.",
    docs: 'docs/opentelemetry.md#dead-letters',
  },
  {
    id: 'AuditrailEntriesNotStored',
    severity: 'critical',
    query: growth('audit_records_resent_total', 'service_name, audit_tenant'),
    forSeconds: 0,
    summary: 'Loki did not hold audit entries of {{ .Labels.service_name }} that were accepted',
    meaning:
      'Something between the application and Loki accepts entries and does not keep them. The SDK sends them again until Loki holds them; those of other senders are lost.',
    runbook: "See the application's log (NOT_STORED), Loki's limits and log, and the proxies before Loki.",
    docs: 'docs/opentelemetry.md#reading-back',
  },
  {
    id: 'AuditrailEntriesNotSeen',
    severity: 'warning',
    query: growth('audit_records_unproven_total', 'service_name, audit_tenant'),
    forSeconds: 0,
    summary: 'Audit entries of {{ .Labels.service_name }} were accepted, and not seen in Loki',
    meaning: 'Loki cannot be asked, or the spool or its disk is full. The entries are most likely there.',
    runbook:
      "The application's log has the reason (READ_BACK_UNAVAILABLE, NOT_READ_BACK). Send to the gateway, with a token for writing.",
    docs: 'docs/opentelemetry.md#reading-back',
  },
  {
    id: 'AuditrailEntriesWait',
    severity: 'high',
    query: 'max by (service_name, audit_tenant) ({__name__=~"audit_spool_age(_seconds)?"}) > 60',
    forSeconds: 0,
    summary: '{{ .Labels.service_name }} has had undelivered audit entries for {{ .Value | humanizeDuration }}',
    meaning: 'They are safe in its spool, but nobody can read them yet.',
    runbook: "The application's log has the reason: the collector cannot be reached, or it refuses.",
    docs: FINDINGS,
  },
  {
    id: 'AuditrailMetricsMissing',
    severity: 'high',
    query:
      'absent(loki_ingester_wal_disk_full_failures_total) or absent({__name__=~"otelcol_process_uptime(_seconds)?(_total)?"})',
    forSeconds: 60,
    summary: 'Nobody watches the way of audit entries: Loki or the collector gives no metrics',
    meaning: 'It does not run, or Prometheus cannot reach it: none of the other alerts can fire.',
    runbook: 'See that both run, and that Prometheus scrapes them.',
    docs: FINDINGS,
  },
];
