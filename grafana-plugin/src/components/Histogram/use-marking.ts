import { useState, type KeyboardEvent, type PointerEvent } from 'react';

/** The bars from `first` to `last`, both included. */
export interface Marked {
  first: number;
  last: number;
}

const ordered = (a: number, b: number): Marked => ({ first: Math.min(a, b), last: Math.max(a, b) });

/**
 * Selects bars by pointer (press, drag, release) or by keyboard: arrow keys, with Shift for several, Home, and End. Enter
 * confirms the selection, Escape clears it.
 */
export function useMarking(count: number, take: (marked: Marked) => void) {
  const [marking, setMarking] = useState<{ anchor: number; head: number; pointer: boolean }>();
  const marked = marking && ordered(marking.anchor, marking.head);
  const barAt = ({ clientX, currentTarget }: PointerEvent<Element>) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(count - 1, Math.floor(((clientX - left) / Math.max(1, width)) * count)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const head = marking?.head ?? count - 1;
    const moves: Record<string, number> = {
      ArrowLeft: marking ? head - 1 : head,
      ArrowRight: marking ? head + 1 : head,
      Home: 0,
      End: count - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      const next = Math.max(0, Math.min(count - 1, to));
      setMarking({ anchor: event.shiftKey && marking ? marking.anchor : next, head: next, pointer: false });
    } else if (event.key === 'Enter' && marked) {
      setMarking(undefined);
      take(marked);
    } else if (event.key === 'Escape' && marked) {
      setMarking(undefined);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return {
    marked,
    /** Index of the bar under the pointer. */
    barAt,
    handlers: {
      onKeyDown,
      onBlur: () => setMarking(undefined),
      onPointerDown: (event: PointerEvent) => {
        if (event.button !== 0) return;
        const at = barAt(event);
        // Dragging continues outside of the chart.
        if (event.currentTarget.setPointerCapture) event.currentTarget.setPointerCapture(event.pointerId);
        setMarking({ anchor: at, head: at, pointer: true });
      },
      onPointerMove: (event: PointerEvent) => {
        if (marking?.pointer) setMarking({ ...marking, head: barAt(event) });
      },
      onPointerUp: () => {
        if (!marking?.pointer || !marked) return;
        setMarking(undefined);
        take(marked);
      },
      onPointerCancel: () => setMarking(undefined),
    },
  };
}
