import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { defaultRangeExtractor, useVirtualizer, type Range, type VirtualItem } from '@tanstack/react-virtual';
import type { TrailLine } from '@auditrail/core/loki';
import { HEAD_HEIGHT } from './density.ts';

/** Rows rendered above and below the visible ones. */
const OVERSCAN = 6;

export interface Rows {
  /** The rows to render. */
  items: VirtualItem[];
  height: number;
  /** The offset of a row below the head, from its offset in the scrolled content. */
  topOf: (start: number) => number;
  measure: (element: HTMLElement | null) => void;
  /** Index of the last visible row. */
  lastSeen: number;
  /** Index of the row that has the focus, or gets it when the table is entered. */
  active: number;
  activate: (index: number) => void;
  /** Scrolls to a row and focuses it. An index out of range means the first or the last row. */
  focus: (index: number) => void;
  /** Steps from an open row to another that opens instead, at the same position, so that its buttons stay under the pointer. */
  step: (from: number, to: number) => void;
  /** Number of closed rows that fit on a screen. */
  perScreen: () => number;
}

interface Options {
  lines: readonly TrailLine[];
  /** Whether the lines are those of the previous view. */
  stale: boolean;
  rowHeight: number;
  scroller: RefObject<HTMLDivElement | null>;
}

/** Index of a line that was at `guess`, searched from there; -1 if it is gone. */
export function indexOfKey(lines: readonly TrailLine[], key: string, guess: number): number {
  for (let index = guess; index < lines.length; index++) if (lines[index]?.key === key) return index;
  for (let index = Math.min(guess, lines.length) - 1; index >= 0; index--) if (lines[index]?.key === key) return index;
  return -1;
}

/** Renders only the visible rows, and keeps their position when lines are added above or a row opens. */
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
    // The active row is always rendered, so that it keeps the focus.
    rangeExtractor: useCallback(
      (range: Range) => {
        const indexes = defaultRangeExtractor(range);
        if (active >= range.count || indexes.includes(active)) return indexes;
        return active < (indexes[0] ?? 0) ? [active, ...indexes] : [...indexes, active];
      },
      [active],
    ),
  });
  // Only rows that are scrolled out under the head can change their size without an effect on the visible ones.
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = ({ end }, _, { scrollOffset }) =>
    end <= (scrollOffset ?? 0) + HEAD_HEIGHT;

  // The row at the upper edge in the previous rendering.
  const anchor = useRef<{ lines: readonly TrailLine[]; stale: boolean; index: number; start: number }>(undefined);
  useLayoutEffect(() => {
    const element = scroller.current;
    const before = anchor.current;
    if (element && before && before.lines !== lines && element.scrollTop > 0) {
      const key = before.lines[before.index]?.key;
      const index = key === undefined || before.stale ? -1 : indexOfKey(lines, key, before.index);
      const item = virtualizer.measurementsCache[index];
      // Another view starts at its top. Lines that were added above do not move the others.
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
    // Forces a new layout of all rows before an open one is measured; it would start at that one otherwise.
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
      // If the upper edge of the row is not visible, that of the other row becomes visible.
      const y = Math.max(HEAD_HEIGHT, before.start - element.scrollTop);
      // The row closes. It would be measured only after the other was rendered.
      virtualizer.resizeItem(from, rowHeight);
      virtualizer.getTotalSize();
      takeFocus(to);
      const start = virtualizer.measurementsCache[to]?.start;
      if (start !== undefined) element.scrollTop = start - y;
    },
    perScreen: () => Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD_HEIGHT) / rowHeight)),
  };
}

// Scrolls just far enough to show a row, from its top.
function reveal(element: HTMLElement, item: VirtualItem | undefined): void {
  if (!item) return;
  if (item.end > element.scrollTop + element.clientHeight) element.scrollTop = item.end - element.clientHeight;
  if (item.start < element.scrollTop + HEAD_HEIGHT) element.scrollTop = item.start - HEAD_HEIGHT;
}
