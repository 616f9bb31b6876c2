import type { PipelineRule } from './pipeline-rules.ts';

const COMPARED = 'docs/keeper.md#compared-with-loki';

// The last value counts: the keeper's metrics disappear if it stops.
const since = (metric: string) => `time() - (max by (tenant) (last_over_time(${metric}[1d])) != 0)`;

/** The rules about what the keeper finds and whether it still checks, based on its metrics. */
export const KEEPER_RULES: readonly PipelineRule[] = [
  {
    id: 'AuditrailEntriesMissingInLoki',
    severity: 'critical',
    query: 'max by (tenant) (auditrail_keeper_missing_in_loki_entries) > 0',
    forSeconds: 0,
    summary: 'Loki lacks {{ .Value }} entries of tenant {{ .Labels.tenant }} that the keeper holds',
    meaning: 'Loki lost entries, refused them without a trace, or somebody deleted them.',
    runbook: "The keeper's log has the time and some ids. Check Loki's limits, its disk and its delete requests.",
    docs: COMPARED,
  },
  {
    id: 'AuditrailKeeperOverdue',
    severity: 'high',
    query:
      `(${since('auditrail_keeper_compared_to_timestamp_seconds')} > 3600)` +
      ` or (${since('auditrail_keeper_compared_all_timestamp_seconds')} > 172800)`,
    forSeconds: 0,
    summary:
      'The checks of the keeper for tenant {{ .Labels.tenant }} are overdue since {{ .Value | humanizeDuration }}',
    meaning:
      'The keeper has stopped, or cannot compare its entries with Loki. Missing entries are not noticed, and rules that only the keeper can evaluate do not fire.',
    runbook: 'Check that the keeper runs, that it has a token to read, and its log.',
    docs: COMPARED,
  },
  {
    id: 'AuditrailAnalyserBehind',
    severity: 'high',
    query: 'max by (tenant) (auditrail_analyser_failed) == 1 or max by (tenant) (auditrail_analyser_lag_seconds) > 120',
    forSeconds: 30,
    summary: 'The keeper does not analyze the entries of tenant {{ .Labels.tenant }}',
    meaning: 'Rules that only the keeper can evaluate, and attacks in late entries, raise no alerts.',
    runbook: "The keeper's log has the reason. It goes on with the entry at which it stopped.",
    docs: 'docs/analyser.md#what-it-remembers',
  },
  {
    id: 'AuditrailArchiveFails',
    severity: 'high',
    query: 'auditrail_keeper_archive_failing_days > 0',
    forSeconds: 0,
    summary: '{{ .Value }} days cannot be archived',
    meaning: 'The keeper tries again. Days that Loki removes meanwhile are only in the keeper.',
    runbook: "The keeper's log has the reason: the disk, the bucket or its access.",
    docs: 'docs/archive.md#switch-it-on',
  },
];
