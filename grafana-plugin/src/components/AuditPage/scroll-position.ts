import { testIds } from '../testIds.ts';

const id = (name: string) => `[data-testid="${name}"]`;

// The elements that can scroll the rows: the table's own frame, or the page around it.
function scrollersOf(page: Element): Element[] {
  const around: Element[] = [];
  for (let element: Element | null = page; element; element = element.parentElement) around.push(element);
  const table = page.querySelector(id(testIds.table.container));
  return [...(table?.querySelectorAll('[data-testid*="scroller"]') ?? []), ...around];
}

/** Whether the user scrolled down or has a row open, so that rows must not move. */
export function isReading(page: Element | null): boolean {
  if (!page) return false;
  const open = page.querySelector(`${id(testIds.table.container)} [aria-expanded="true"]`);
  return open !== null || scrollersOf(page).some(({ scrollTop }) => scrollTop > 0);
}

/** Scrolls to the newest rows. */
export function scrollToTop(page: Element | null): void {
  if (page) for (const scroller of scrollersOf(page)) scroller.scrollTop = 0;
}
