import { useLayoutEffect, type RefObject } from 'react';

const LEAST_PX = 320;
const BELOW_PX = 24;

/** Makes an element fill the window below its upper edge, as Explore does with logs, with a minimum height. */
export function useFillHeight(ref: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const fit = () => {
      // Scrolling the page must not change the height.
      const scrolled = scrollParent(element)?.scrollTop ?? 0;
      const top = element.getBoundingClientRect().top + scrolled;
      const height = `${Math.max(LEAST_PX, Math.floor(window.innerHeight - top - BELOW_PX))}px`;
      if (element.style.height !== height) element.style.height = height;
    };
    fit();
    // Content above can change its height: filters, warnings, the histogram.
    const observer = new ResizeObserver(fit);
    for (const sibling of element.parentElement?.children ?? []) if (sibling !== element) observer.observe(sibling);
    if (element.parentElement) observer.observe(element.parentElement);
    window.addEventListener('resize', fit);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', fit);
    };
  }, [ref]);
}

function scrollParent(element: HTMLElement): Element | null {
  for (let parent = element.parentElement; parent; parent = parent.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(parent).overflowY)) return parent;
  }
  return document.scrollingElement;
}
