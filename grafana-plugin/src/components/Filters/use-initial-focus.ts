import { useEffect, useRef, type RefObject } from 'react';

// A popover that closes returns the focus to its button a frame later.
const AFTER_FOCUS_RETURNS_MS = 60;

/** Focuses a field when its popover or dialog opens, unless another input has the focus, such as the operator. */
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
