import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { defaultRangeExtractor, useVirtualizer, type Range, type VirtualItem } from '@tanstack/react-virtual';
import type { TrailLine } from '@auditrail/core/loki';
import { HEAD_HEIGHT } from './density.ts';

/** Rows kept ready above and below those in sight. */
const OVERSCAN = 6;

export interface Rows {
  /** The rows to draw. */
  items: VirtualItem[];
  height: number;
  /** Where a row stands below the head, from where it stands in what is scrolled. */
  topOf: (start: number) => number;
  measure: (element: HTMLElement | null) => void;
  /** Index of the last row in sight. */
  lastSeen: number;
  /** Index of the row that takes the keyboard. */
  active: number;
  activate: (index: number) => void;
  /** Brings a row into sight and gives it the keyboard; beyond the ends it is the first or the last. */
  focus: (index: number) => void;
  /** Goes from an open row to one that opens in its stead: it stands where that stood, so that its buttons stay under the pointer. */
  step: (from: number, to: number) => void;
  /** How many closed rows a screen holds. */
  perScreen: () => number;
}

interface Options {
  lines: readonly TrailLine[];
  /** Whether the lines are those of the view before. */
  stale: boolean;
  rowHeight: number;
  scroller: RefObject<HTMLDivElement | null>;
}

/** Index of a line that stood at `guess`, searched near there first; -1 where it is no more. */
export function indexOfKey(lines: readonly TrailLine[], key: string, guess: number): number {
  for (let index = guess; index < lines.length; index++) if (lines[index]?.key === key) return index;
  for (let index = Math.min(guess, lines.length) - 1; index >= 0; index--) if (lines[index]?.key === key) return index;
  return -1;
}

/** Draws only the rows in sight, and holds them in their place when lines come in above or a row opens. */
export function useRows({ lines, stale, rowHeight, scroller }: Options): Rows {
  const [chosen, choose] = useState<{ key: string; index: number }>();
  const active = chosen ? Math.max(0, indexOfKey(lines, chosen.key, chosen.index)) : 0;
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is compiled by the React Compiler
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLElement>({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: useCallback((index: number) => lines[index]?.key ?? index, [lines]),
    overscan: OVERSCAN,
    scrollMargin: HEAD_HEIGHT,
    // The row with the keyboard is always there: it would lose the focus otherwise.
    rangeExtractor: useCallback(
      (range: Range) => {
        const indexes = defaultRangeExtractor(range);
        if (active >= range.count || indexes.includes(active)) return indexes;
        return active < (indexes[0] ?? 0) ? [active, ...indexes] : [...indexes, active];
      },
      [active],
    ),
  });
  // Only what has gone under the head may change its size unseen.
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = ({ end }, _, { scrollOffset }) =>
    end <= (scrollOffset ?? 0) + HEAD_HEIGHT;

  // The row at the upper edge, as of the last time that anything was drawn.
  const anchor = useRef<{ lines: readonly TrailLine[]; stale: boolean; index: number; start: number }>(undefined);
  useLayoutEffect(() => {
    const element = scroller.current;
    const before = anchor.current;
    if (element && before && before.lines !== lines && element.scrollTop > 0) {
      const key = before.lines[before.index]?.key;
      const index = key === undefined || before.stale ? -1 : indexOfKey(lines, key, before.index);
      const item = virtualizer.measurementsCache[index];
      // Another view begins at its top; lines that came in above leave the others where they are.
      if (before.stale) element.scrollTop = 0;
      else if (item) element.scrollTop += item.start - before.start;
    }
    const index = virtualizer.range?.startIndex ?? 0;
    anchor.current = { lines, stale, index, start: virtualizer.measurementsCache[index]?.start ?? HEAD_HEIGHT };
  });

  const drawnHeight = useRef(rowHeight);
  useLayoutEffect(() => {
    if (drawnHeight.current === rowHeight) return;
    drawnHeight.current = rowHeight;
    const top = virtualizer.range?.startIndex ?? 0;
    virtualizer.measure();
    // Makes it lay out all rows anew before an open one is measured: it would begin at that one otherwise.
    virtualizer.getTotalSize();
    for (const element of virtualizer.elementsCache.values()) virtualizer.measureElement(element);
    if (top > 0) virtualizer.scrollToOffset((virtualizer.measurementsCache[top]?.start ?? 0) - HEAD_HEIGHT);
  }, [rowHeight, virtualizer]);

  const wantsFocus = useRef(false);
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)?.focus({ preventScroll: true });
  });

  const takeFocus = (index: number) => {
    const line = lines[index];
    if (!line) return;
    wantsFocus.current = true;
    choose({ key: line.key, index });
  };
  const activate = (index: number) => {
    const line = lines[index];
    if (line && line.key !== chosen?.key) choose({ key: line.key, index });
  };
  return {
    items: virtualizer.getVirtualItems(),
    height: virtualizer.getTotalSize(),
    topOf: (start) => start - HEAD_HEIGHT,
    measure: virtualizer.measureElement,
    lastSeen: virtualizer.range?.endIndex ?? 0,
    active,
    activate,
    focus: (wanted) => {
      const index = Math.min(lines.length - 1, Math.max(0, wanted));
      if (!scroller.current) return;
      takeFocus(index);
      reveal(scroller.current, virtualizer.measurementsCache[index]);
    },
    step: (from, to) => {
      const element = scroller.current;
      const before = virtualizer.measurementsCache[from];
      if (!element || !before) return;
      // Where the row's upper edge is not in sight, the other's shall be.
      const y = Math.max(HEAD_HEIGHT, before.start - element.scrollTop);
      // It closes; it would be measured only after the other has been drawn.
      virtualizer.resizeItem(from, rowHeight);
      virtualizer.getTotalSize();
      takeFocus(to);
      const start = virtualizer.measurementsCache[to]?.start;
      if (start !== undefined) element.scrollTop = start - y;
    },
    perScreen: () => Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD_HEIGHT) / rowHeight)),
  };
}

// Scrolls no further than is needed to see a row, from its top.
function reveal(element: HTMLElement, item: VirtualItem | undefined): void {
  if (!item) return;
  if (item.end > element.scrollTop + element.clientHeight) element.scrollTop = item.end - element.clientHeight;
  if (item.start < element.scrollTop + HEAD_HEIGHT) element.scrollTop = item.start - HEAD_HEIGHT;
}
