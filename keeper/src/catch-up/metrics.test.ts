import { catchUpMetrics } from './metrics.ts';

it('is the text format of Prometheus', () => {
  const statusOf = (tenant: string) =>
    tenant === 'a'
      ? { added: 5, waiting: 2, missingInLoki: 1, comparedMs: 1_000, fullDoneMs: 2_000 }
      : { added: 0, waiting: 0, missingInLoki: 0, error: 'no answer' };
  const text = catchUpMetrics({ tenants: ['a', 'b'], statusOf });
  expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
    'auditrail_keeper_added_entries_total{tenant="a"} 5',
    'auditrail_keeper_added_entries_total{tenant="b"} 0',
    'auditrail_keeper_compared_to_timestamp_seconds{tenant="a"} 1',
    'auditrail_keeper_compared_to_timestamp_seconds{tenant="b"} 0',
    'auditrail_keeper_compared_all_timestamp_seconds{tenant="a"} 2',
    'auditrail_keeper_compared_all_timestamp_seconds{tenant="b"} 0',
    'auditrail_keeper_different_windows{tenant="a"} 2',
    'auditrail_keeper_different_windows{tenant="b"} 0',
    'auditrail_keeper_missing_in_loki_entries{tenant="a"} 1',
    'auditrail_keeper_missing_in_loki_entries{tenant="b"} 0',
    'auditrail_keeper_compare_failed{tenant="a"} 0',
    'auditrail_keeper_compare_failed{tenant="b"} 1',
    '',
  ]);
  expect(catchUpMetrics(undefined)).toMatch(/^# HELP auditrail_keeper_added_entries_total .*\n# TYPE .* counter\n/);
});
