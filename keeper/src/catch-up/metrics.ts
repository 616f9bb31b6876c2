import { metricText } from '../pipeline/prometheus-text.ts';
import type { CatchUp, CatchUpStatus } from './catch-up.ts';

type Metric = [name: string, type: 'counter' | 'gauge', help: string, valueOf: (status: CatchUpStatus) => number];

const METRICS: Metric[] = [
  [
    'auditrail_keeper_added_entries_total',
    'counter',
    'Entries that the keeper had missed, and took from Loki.',
    ({ added }) => added,
  ],
  [
    'auditrail_keeper_compared_to_timestamp_seconds',
    'gauge',
    'Everything up to here was compared with Loki once.',
    ({ comparedMs = 0 }) => comparedMs / 1000,
  ],
  [
    'auditrail_keeper_compared_all_timestamp_seconds',
    'gauge',
    'When all that Loki keeps was last compared.',
    ({ fullDoneMs = 0 }) => fullDoneMs / 1000,
  ],
  [
    'auditrail_keeper_different_windows',
    'gauge',
    'Windows of time with differences whose lines are not compared yet.',
    ({ waiting }) => waiting,
  ],
  [
    'auditrail_keeper_missing_in_loki_entries',
    'gauge',
    'Entries that the keeper holds and Loki does not.',
    ({ missingInLoki }) => missingInLoki,
  ],
  [
    'auditrail_keeper_compare_failed',
    'gauge',
    'Whether the last comparison with Loki failed.',
    ({ error }) => (error === undefined ? 0 : 1),
  ],
];

/** The comparison with Loki in the text format of Prometheus. */
export function catchUpMetrics(catchUp: Pick<CatchUp, 'tenants' | 'statusOf'> | undefined): string {
  const states = (catchUp?.tenants ?? []).map((tenant) => [tenant, catchUp?.statusOf(tenant)] as const);
  return METRICS.map(([name, type, help, valueOf]) => {
    // A tenant has no character to be escaped.
    const samples = states.flatMap(([tenant, status]) =>
      status ? [[`{tenant="${tenant}"}`, valueOf(status)] as const] : [],
    );
    return metricText({ name, type, help }, samples);
  }).join('');
}
