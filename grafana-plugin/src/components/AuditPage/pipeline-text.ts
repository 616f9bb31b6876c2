import { t } from '@grafana/i18n';
import type { PipelineProblem } from '../../data/pipeline-health.ts';
import { AS_TEXT } from '../../format/as-text.ts';

/** The setting of Loki for each reason for which it refuses entries. `docs/doctor.md` lists them too. */
const SETTINGS: Readonly<Record<string, string>> = {
  line_too_long: 'max_line_size: 1MB',
  rate_limited: 'ingestion_rate_mb, ingestion_burst_size_mb',
  per_stream_rate_limit: 'per_stream_rate_limit, per_stream_rate_limit_burst',
  stream_limit: 'max_global_streams_per_user',
  greater_than_max_sample_age: 'reject_old_samples: false',
  too_far_behind: 'shard_streams: {enabled: true, time_sharding_enabled: true}',
  structured_metadata_too_large: 'max_structured_metadata_size: 64KB',
  structured_metadata_too_many: 'max_structured_metadata_entries_count: 128',
  disallowed_structured_metadata: 'allow_structured_metadata: true',
  missing_enforced_labels: 'enforced_labels',
  blocked_ingestion: 'block_ingestion_until',
};

/** The cause of a problem, as a sentence. */
export function causeOf({ code, reason = '', count = 0 }: PipelineProblem): string {
  switch (code) {
    case 'LOKI_DISCARDS':
      return t('pipeline.loki-discards', 'Loki refused entries: {{reason}}, {{number}} so far.', {
        reason,
        number: count,
        ...AS_TEXT,
      });
    case 'COLLECTOR_DROPS':
      return t('pipeline.collector-drops', 'The collector dropped entries that it had accepted.');
    case 'LOKI_WAL':
      return t('pipeline.loki-wal', 'Loki cannot write to its disk.');
    case 'LOKI_DISK_FULL':
      return t('pipeline.loki-disk-full', "Loki's disk is full.");
    case 'LOKI_SILENT':
      return t('pipeline.loki-silent', 'Loki does not answer.');
    case 'COLLECTOR_SILENT':
      return t('pipeline.collector-silent', 'The collector does not answer.');
    default:
      return t('pipeline.collector-fails', 'The collector cannot deliver entries to Loki.');
  }
}

/** What an administrator can do about a problem. */
export function remedyOf({ code, reason = '' }: PipelineProblem): string {
  const setting = SETTINGS[reason];
  switch (code) {
    case 'LOKI_DISCARDS':
      if (setting !== undefined) {
        return t('pipeline.remedy-setting', "Check this setting in Loki's configuration: {{setting}}.", {
          setting,
          ...AS_TEXT,
        });
      }
      return reason === 'too_far_in_future'
        ? t('pipeline.remedy-clock', 'Correct the clock of the application that sends them.')
        : t('pipeline.remedy-limit', "Look for this reason in Loki's log, and check the limits of this tenant.");
    case 'LOKI_WAL':
    case 'LOKI_DISK_FULL':
      return t('pipeline.remedy-disk', "Free space on Loki's disk, and check its log.");
    case 'LOKI_SILENT':
      return t('pipeline.remedy-loki', 'Check that Loki is running.');
    case 'COLLECTOR_SILENT':
      return t('pipeline.remedy-collector', 'Check that the collector is running.');
    default:
      return t('pipeline.remedy-log', "The collector's log has the reason.");
  }
}
