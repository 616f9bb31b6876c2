import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Rule } from '@auditrail/core/detections';
import type { BacktestResult, Backtester } from './backtest.ts';

/** The state of a rule's backtest. */
export type Backtest =
  | { state: 'waiting' | 'reading'; entries: number }
  | { state: 'done'; result: BacktestResult }
  | { state: 'failed'; error: unknown };

export interface Backtests {
  of: (id: string) => Backtest | undefined;
  /** Adds backtests to the queue. They run one after the other, also those that already have a result. */
  start: (rules: readonly Rule[]) => void;
}

const NONE: ReadonlyMap<string, Backtest> = new Map();

/** Runs backtests one after the other. A new backtester, which must be memoised, starts without results. Without one, none runs. */
export function useBacktests(backtester: Backtester | undefined): Backtests {
  const [known, setKnown] = useState({ by: backtester, tests: NONE });
  const queue = useRef<Rule[]>([]);
  const running = useRef<AbortController>(undefined);

  const set = useCallback(
    (id: string, test: Backtest) =>
      setKnown(({ by, tests }) => ({
        by: backtester,
        tests: new Map([...(by === backtester ? tests : NONE), [id, test]]),
      })),
    [backtester],
  );

  useEffect(
    () => () => {
      queue.current = [];
      running.current?.abort();
      running.current = undefined;
    },
    [backtester],
  );

  const runNext = useCallback(async () => {
    if (running.current || !backtester) return;
    const controller = new AbortController();
    const { signal } = controller;
    running.current = controller;
    for (let rule = queue.current.shift(); rule; rule = queue.current.shift()) {
      const { id } = rule;
      try {
        const result = await backtester.run(rule, signal, (entries) => {
          if (!signal.aborted) set(id, { state: 'reading', entries });
        });
        if (signal.aborted) return;
        set(id, { state: 'done', result });
      } catch (error) {
        if (signal.aborted) return;
        set(id, { state: 'failed', error });
      }
    }
    running.current = undefined;
  }, [backtester, set]);

  const tests = known.by === backtester ? known.tests : NONE;
  const start = useCallback(
    (rules: readonly Rule[]) => {
      for (const rule of rules) {
        queue.current.push(rule);
        set(rule.id, { state: 'waiting', entries: 0 });
      }
      void runNext();
    },
    [runNext, set],
  );
  return useMemo(() => ({ of: (id) => tests.get(id), start }), [tests, start]);
}
