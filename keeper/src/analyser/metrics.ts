import { nsToMs } from '@auditrail/core';
import { metricText } from '../pipeline/prometheus-text.ts';
import type { AnalyserCounts } from './tenant-analyser.ts';

interface AnalyserState {
  tenant: string;
  counts: AnalyserCounts;
  lagsSinceNs: bigint | undefined;
  isFailed: boolean;
}

/** The state of the analyser in the text format of Prometheus. Neither a tenant nor an action has a character to be escaped. */
export function analyserMetrics(states: readonly AnalyserState[], nowMs: number): string {
  const each = (name: string, type: 'counter' | 'gauge', help: string, valueOf: (state: AnalyserState) => number) =>
    metricText(
      { name: `auditrail_analyser_${name}`, type, help },
      states.map((state) => [`{tenant="${state.tenant}"}`, valueOf(state)] as const),
    );
  const findings = states.flatMap(({ tenant, counts }) =>
    Array.from(counts.findings, ([action, count]) => [`{tenant="${tenant}",action="${action}"}`, count] as const),
  );
  const lag = ({ lagsSinceNs }: AnalyserState) =>
    lagsSinceNs === undefined ? 0 : Math.max(0, nowMs - nsToMs(lagsSinceNs)) / 1_000;
  const about = {
    name: 'auditrail_analyser_findings_total',
    type: 'counter',
    help: 'Findings that were written.',
  } as const;
  return [
    each('entries_total', 'counter', 'Entries that were analyzed since the start.', ({ counts }) => counts.entries),
    metricText(about, findings),
    each('held_findings_total', 'counter', 'Findings over the limit of an hour.', ({ counts }) => counts.held),
    each('lag_seconds', 'gauge', 'Time since the arrival of the first entry that waits for the analysis.', lag),
    each('failed', 'gauge', 'Whether the last analysis failed.', ({ isFailed }) => (isFailed ? 1 : 0)),
  ].join('');
}
