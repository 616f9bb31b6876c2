import { useEffect, useMemo, useRef, useState } from 'react';

// Long enough that a pointer that passes over rows opens nothing, and can move from the button to the preview.
const OPEN_MS = 120;
const CLOSE_MS = 200;

/** The previewed row, and the button that its preview is attached to. */
export interface PreviewTarget {
  index: number;
  button: HTMLElement;
}

// An open filter or dialog marks the rest of the page; Grafana 12's popovers have a mark of their own. A preview would cover
// it: when a menu closes, the pointer rests on a row.
const isBehindPopover = (button: HTMLElement) =>
  button.closest('[aria-hidden="true"], [data-floating-ui-inert]') !== null;

/** A preview that opens while a button with `data-preview` is hovered or focused, and stays open while it is hovered itself. */
export function usePreview() {
  const [target, setTarget] = useState<PreviewTarget>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useMemo(() => {
    const after = (ms: number, next: PreviewTarget | undefined) => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        if (!next || !isBehindPopover(next.button)) setTarget(next);
      }, ms);
    };
    const enter = ({ target: at }: { target: EventTarget }) => {
      const button = at instanceof Element ? at.closest<HTMLElement>('[data-preview]') : null;
      const row = button?.closest('[data-index]');
      if (button && row) after(OPEN_MS, { index: Number(row.getAttribute('data-index')), button });
    };
    const leave = ({ target: at }: { target: EventTarget }) => {
      if (at instanceof Element && at.closest('[data-preview]')) after(CLOSE_MS, undefined);
    };
    return {
      target,
      close: () => {
        clearTimeout(timer.current);
        setTarget(undefined);
      },
      ofRows: { onPointerOver: enter, onPointerOut: leave, onFocus: enter, onBlur: leave },
      ofPreview: {
        onPointerEnter: () => clearTimeout(timer.current),
        onPointerLeave: () => after(CLOSE_MS, undefined),
      },
    };
  }, [target]);
}
