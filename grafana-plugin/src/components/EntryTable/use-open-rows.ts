import { useCallback, useEffect, useRef, useState } from 'react';
import type { TrailLine } from '@auditrail/core/loki';
import type { Entries } from '../../state/use-entries.ts';
import { indexOfKey } from './use-rows.ts';

type Options = Pick<Entries, 'lines' | 'loadMore'>;

const keyAt = (lines: readonly TrailLine[], index: number) => lines[index]?.key;

/** Tracks which rows are open. Callers use the current index; an entry stays open if its index changes. */
export function useOpenRows({ lines, loadMore }: Options, step: (from: number, to: number) => void) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [came, setCame] = useState<{ key: string | undefined; by: 'newer' | 'older' }>();
  const cameTo = (index: number) => (came && keyAt(lines, index) === came.key ? came.by : undefined);
  const isOpen = (index: number) => open.has(keyAt(lines, index) ?? '');
  const change = useCallback((close: string | undefined, show: string | undefined) => {
    setOpen((before) => {
      const after = new Set(before);
      if (close !== undefined) after.delete(close);
      if (show !== undefined) after.add(show);
      return after;
    });
  }, []);
  const toggle = (index: number) => {
    setCame(undefined);
    const key = keyAt(lines, index);
    if (key !== undefined) change(isOpen(index) ? key : undefined, isOpen(index) ? undefined : key);
  };

  const latest = useRef({ lines, loadMore, step });
  // The open row from which the user steps to one that is not loaded yet.
  const waiting = useRef<string>(undefined);
  /** Closes a row and opens another. Never changes, so that rows are not rendered again. */
  const go = useCallback(
    (from: number, to: number) => {
      const now = latest.current;
      const [left, key] = [keyAt(now.lines, from), keyAt(now.lines, to)];
      waiting.current = key === undefined ? left : undefined;
      if (key === undefined) return now.loadMore();
      now.step(from, to);
      change(left, key);
      setCame({ key, by: to < from ? 'newer' : 'older' });
    },
    [change],
  );
  useEffect(() => {
    latest.current = { lines, loadMore, step };
    if (waiting.current === undefined) return;
    const from = indexOfKey(lines, waiting.current, lines.length - 1);
    if (from < 0 || !open.has(waiting.current)) waiting.current = undefined;
    else if (keyAt(lines, from + 1) !== undefined) go(from, from + 1);
  });
  return { isOpen, cameTo, toggle, go };
}
