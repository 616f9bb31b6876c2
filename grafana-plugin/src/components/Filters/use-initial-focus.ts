import { useEffect, useRef, type RefObject } from 'react';

// The popover that was open before gives the focus back to its button a frame after it closed.
const AFTER_FOCUS_RETURNS_MS = 60;

/** Gives a field of a popover or dialog the focus when it opens; not to those who are just choosing an operator by keyboard. */
export function useInitialFocus(): RefObject<HTMLInputElement | null> {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = () => {
      const active = document.activeElement;
      if (!(active instanceof HTMLInputElement)) field.current?.focus();
    };
    focus();
    const timer = setTimeout(focus, AFTER_FOCUS_RETURNS_MS);
    return () => clearTimeout(timer);
  }, []);
  return field;
}
