import { entries, type PipelineFinding } from './finding.ts';
import { increases, readMetrics, sumBy } from './metrics.ts';
import type { Sample } from './prometheus-text.ts';

const DISCARDED = /^loki_discarded_samples_total$/;
const DISK_FULL = /^loki_ingester_wal_disk_full_failures_total$/;
const DISK_USED = /^loki_ingester_wal_disk_usage_percent$/;
const WAL_FAILURES =
  /^(?:loki_ingester_(?:wal_corruptions|checkpoint_(?:creations|deletions)_failed|chunks_flush_failures)|prometheus_tsdb_wal_(?:writes|truncations)_failed)_total$/;

/** Loki refuses entries when 90 % of its disk is used. */
const NEARLY_FULL = 0.8;

/** Loki's metrics about entries. @throws Error if it does not answer */
export const readLoki = (address: string): Promise<Sample[]> =>
  readMetrics(address, /^(?:loki_(?:discarded|ingester)_|prometheus_tsdb_wal_)/, 'loki_ingester_');

const since = (before: unknown) => (before ? 'since the last check' : 'since it started');

const REMEDIES: Readonly<Record<string, string>> = {
  rate_limited: 'raise ingestion_rate_mb and ingestion_burst_size_mb for this tenant',
  per_stream_rate_limit: 'raise per_stream_rate_limit and per_stream_rate_limit_burst for this tenant',
  stream_limit: 'raise max_global_streams_per_user for this tenant',
  line_too_long: 'raise max_line_size for this tenant to 1MB',
  greater_than_max_sample_age: 'set reject_old_samples to false for this tenant',
  too_far_behind: 'enable shard_streams with time_sharding_enabled for this tenant',
  too_far_in_future: "correct the sender's clock",
};

/** Checks Loki's counters since an earlier check, or since it started. */
export function checkLoki(now: readonly Sample[], before?: readonly Sample[]): PipelineFinding[] {
  const findings: PipelineFinding[] = [];
  for (const { labels, value } of increases(now, before, DISCARDED, ['tenant', 'reason'])) {
    const { tenant = '', reason = '' } = labels;
    const remedy = REMEDIES[reason] ?? `see "${reason}" in Loki's log and its limits for this tenant`;
    findings.push({
      ...{
        ok: false,
        code: 'LOKI_DISCARDS',
        about: `${tenant} ${reason}`,
        tenant,
        reason,
        count: value,
        event: true,
        fromStart: !before,
      },
      what: `Loki, tenant ${tenant}: ${entries(value)} refused, ${since(before)}: ${reason}`,
      remedy: `${remedy} (docs/doctor.md)`,
    });
  }
  for (const { value } of increases(now, before, DISK_FULL, [])) {
    findings.push({
      // Senders retry these requests: only current failures are a problem.
      ...{ ok: !before, code: 'LOKI_DISK_FULL', about: 'Loki', count: value, event: true, fromStart: !before },
      what: `Loki: its disk was full ${value} times when it had to write, ${since(before)}`,
      remedy: "free space on Loki's disk; senders retry until there is space",
    });
  }
  for (const { value: used } of sumBy(now, DISK_USED, []).values()) {
    const full = used >= NEARLY_FULL;
    findings.push({
      ...{ ok: !full, code: 'DISK_FILLS', about: "Loki's disk" },
      what: `Loki: ${Math.round(used * 100)} % of its disk is used`,
      ...(full && { remedy: 'free space: from 90 % on, Loki refuses entries' }),
    });
  }
  const failed = increases(now, before, WAL_FAILURES, []).reduce((sum, { value }) => sum + value, 0);
  if (failed > 0) {
    findings.push({
      ...{ ok: false, code: 'LOKI_WAL', about: 'Loki', count: failed, event: true, fromStart: !before },
      what: `Loki: ${failed} failed writes to its write-ahead log or chunks, ${since(before)}`,
      remedy: "entries may be missing after a restart: see Loki's log, and check its disk",
    });
  }
  return findings;
}
