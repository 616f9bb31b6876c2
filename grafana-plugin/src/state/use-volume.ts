import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { planStep, type VolumeBar, type VolumeOptions } from '@auditrail/core/loki';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import type { TrailSource, VolumePart } from '@auditrail/core/source';

interface VolumeState {
  /** The bars counted so far, newest first. While a new view waits, those of the previous one (`stale`). */
  bars: VolumeBar[];
  stale: boolean;
  /** Each entry is counted once, also if it was delivered several times. */
  exact: boolean;
  state: 'waiting' | 'counting' | 'stopped' | 'done' | 'failed';
  error?: unknown;
}

export interface Volume extends VolumeState {
  /** Number of entries in the bars; complete if the state is `done`. */
  entries: number;
  stop: () => void;
  resume: () => void;
}

interface Counting {
  source: { trail: TrailSource; query: EntryQuery; range: TimeRange; stepSeconds: number; openedNs: bigint };
  slices: AsyncGenerator<VolumePart, void>;
  bars: VolumeBar[];
  /** Bars that follow `bars` while a part is counted again. */
  kept: VolumeBar[];
  exact: boolean;
  signal: AbortSignal;
  stopped: boolean;
  running: boolean;
  /** The time of the oldest new entry. Entries are counted again from there. */
  since?: bigint | undefined;
}

type Known = VolumeState & { source?: unknown };

/**
 * Counts the entries of a view by time and outcome, newest first. Rows have priority, so no request is sent until `ready`.
 * Arguments must be memoised; new ones abort and restart counting.
 *
 * @param chartRange the range of the chart; `range` can end later, for clocks that run ahead
 * @param changed new entries arrived, the oldest at `since`; entries are counted again from there
 */
export function useVolume(
  trail: TrailSource,
  query: EntryQuery,
  range: TimeRange,
  { chartRange, ready, changed }: { chartRange: TimeRange; ready: boolean; changed?: { since: bigint } | undefined },
): Volume {
  const source = useMemo(
    () => ({ trail, query, range, stepSeconds: planStep(chartRange), openedNs: chartRange.end }),
    [trail, query, range, chartRange],
  );
  const [known, setKnown] = useState<Known>({ bars: [], stale: false, exact: false, state: 'waiting' });
  const counting = useRef<Counting | undefined>(undefined);

  const run = useCallback(async (current: Counting) => {
    if (current.running) return;
    current.running = true;
    const { source: its, signal } = current;
    const update = (state: VolumeState['state'], error?: unknown) => {
      if (signal.aborted) return;
      const bars = [...current.bars, ...current.kept];
      const { exact } = current;
      setKnown({ source: its, bars, stale: false, exact, state, ...(error !== undefined && { error }) });
    };
    try {
      for (;;) {
        if (current.stopped) return update('stopped');
        const { value, done } = await current.slices.next();
        if (done) {
          if (current.since === undefined) return update('done');
          countAgain(current);
          continue;
        }
        current.bars = [...current.bars, ...value.bars];
        current.exact &&= value.exact;
        // A part that is counted again replaces the shown one when it is complete.
        if (current.kept.length === 0 && !current.stopped) update('counting');
      }
    } catch (error) {
      update('failed', error);
    } finally {
      current.running = false;
    }
  }, []);

  useEffect(() => {
    if (!ready) return;
    const controller = new AbortController();
    const { signal } = controller;
    const { trail: its, query: counted, range: whole, stepSeconds } = source;
    const slices = its.volume({ query: counted, range: whole, stepSeconds, signal });
    const started = { bars: [], kept: [], exact: true, stopped: false, running: false };
    const current: Counting = { source, slices, signal, ...started };
    counting.current = current;
    void run(current);
    return () => controller.abort();
  }, [source, ready, run]);

  useEffect(() => {
    const current = counting.current;
    if (!changed || !current || current.source !== source) return;
    current.since = current.since !== undefined && current.since < changed.since ? current.since : changed.since;
    if (current.running || current.stopped) return;
    countAgain(current);
    void run(current);
  }, [changed, source, run]);

  const stop = useCallback(() => {
    const current = counting.current;
    if (!current) return;
    current.stopped = true;
    setKnown((before) => (before.state === 'counting' ? { ...before, state: 'stopped' } : before));
  }, []);
  const resume = useCallback(() => {
    const current = counting.current;
    if (!current) return;
    current.stopped = false;
    setKnown((before) => ({ ...before, state: 'counting' }));
    void run(current);
  }, [run]);

  const isStale = known.source !== source;
  const entries = useMemo(() => known.bars.reduce((sum, bar) => sum + bar.success + bar.failure, 0), [known.bars]);
  if (isStale) return { bars: known.bars, stale: true, exact: false, state: 'waiting', entries: 0, stop, resume };
  const { bars, exact, state, error } = known;
  return { bars, stale: false, exact, state, entries, stop, resume, ...(error !== undefined && { error }) };
}

function countAgain(current: Counting): void {
  const { source, since = 0n, signal } = current;
  const { trail, query, range, stepSeconds, openedNs } = source;
  // Bars that end before the change are kept, except for the newest, which ended at the end of the view.
  const kept = [...current.bars, ...current.kept].filter(({ end }, i) => i > 0 && end < since);
  const start = kept[0]?.end ?? range.start;
  const end = range.end + (BigInt(Date.now()) * 1_000_000n - openedNs);
  const rest: VolumeOptions = { query, range: { start, end }, stepSeconds, afterStart: kept.length > 0, signal };
  const exact = kept.length === 0 || current.exact;
  Object.assign(current, { bars: [], kept, exact, since: undefined, slices: trail.volume(rest) });
}
