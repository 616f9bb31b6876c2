import { useCallback, useEffect, useRef, useState } from 'react';
import type { TrailLine } from '@auditrail/core';

/** Which rows are open. Rows are named by their index now; what is kept is the entry, so that it stays open where it moves. */
export function useOpenRows(lines: readonly TrailLine[], focus: (index: number) => void) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [came, setCame] = useState<{ key: string | undefined; by: 'newer' | 'older' }>();
  const cameTo = (index: number) => (came && lines[index]?.key === came.key ? came.by : undefined);
  const isOpen = (index: number) => open.has(lines[index]?.key ?? '');
  const change = useCallback((close: string | undefined, show: string | undefined) => {
    setOpen((before) => {
      const after = new Set(before);
      if (close !== undefined) after.delete(close);
      if (show !== undefined) after.add(show);
      return after;
    });
  }, []);
  const toggle = (index: number) => {
    const key = lines[index]?.key;
    if (key !== undefined) change(isOpen(index) ? key : undefined, isOpen(index) ? undefined : key);
  };

  const latest = useRef({ lines, focus });
  useEffect(() => {
    latest.current = { lines, focus };
  });
  /** Closes a row and opens another. The same function as long as the table lives, so that rows need not be drawn anew. */
  const go = useCallback(
    (from: number, to: number) => {
      const now = latest.current;
      const key = now.lines[to]?.key;
      change(now.lines[from]?.key, key);
      setCame({ key, by: to < from ? 'newer' : 'older' });
      now.focus(to);
    },
    [change],
  );
  return { isOpen, cameTo, toggle, go };
}
