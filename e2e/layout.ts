import type { Page } from 'playwright-core';

/**
 * What is wrong with where things stand: controls that lie over each other, that are cut by the frame of the page, or whose
 * words do not fit and do not say so by an ellipsis; a page that is wider than its window. The columns of the table may be
 * wider than its own frame, which scrolls.
 */
export async function layoutProblems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const main = document.querySelector('main') ?? document.body;
    const CONTROLS = 'button, a[href], input, [role="tab"], [role="button"]';
    const controls = [...main.querySelectorAll<HTMLElement>(CONTROLS)].filter((one) => {
      const { width, height } = one.getBoundingClientRect();
      return (
        // What only screen readers have is a pixel wide; a choice's input lies under its label.
        width > 2 &&
        height > 2 &&
        getComputedStyle(one).visibility !== 'hidden' &&
        !one.matches('input[type="radio"], input[type="checkbox"]') &&
        !one.closest('[role="grid"], [role="table"]')
      );
    });
    const nameOf = (one: HTMLElement) => `${one.tagName} "${(one.ariaLabel ?? one.innerText).slice(0, 40)}"`;
    const frame = main.getBoundingClientRect();
    const problems: string[] = [];
    const tooWide = document.documentElement.scrollWidth - window.innerWidth;
    if (tooWide > 0) problems.push(`the page is ${tooWide} pixels too wide`);
    const pen = document.createElement('canvas').getContext('2d')!;
    const isPlaceholderCut = (one: HTMLInputElement) => {
      const { fontWeight, fontSize, fontFamily, paddingLeft, paddingRight, textOverflow } = getComputedStyle(one);
      // The shorthand is empty where fonts have features set.
      pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
      const room = one.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
      return one.value === '' && textOverflow !== 'ellipsis' && pen.measureText(one.placeholder).width > room;
    };
    for (const [at, one] of controls.entries()) {
      const box = one.getBoundingClientRect();
      if (box.right > frame.right + 1 || box.left < frame.left - 1) problems.push(`${nameOf(one)} is cut by the frame`);
      const words = [one, ...one.querySelectorAll<HTMLElement>('span')];
      const cut = words.some(
        (word) =>
          getComputedStyle(word).overflowX !== 'visible' &&
          getComputedStyle(word).textOverflow !== 'ellipsis' &&
          word.scrollWidth > word.clientWidth + 1,
      );
      if (cut && one.tagName !== 'INPUT') problems.push(`the words of ${nameOf(one)} do not fit`);
      if (one instanceof HTMLInputElement && isPlaceholderCut(one)) problems.push(`the hint in ${nameOf(one)} is cut`);
      for (const other of controls.slice(at + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        const its = other.getBoundingClientRect();
        const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
        const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
        // A button within a field, for clearing it, is where it belongs.
        const inField = one.parentElement?.parentElement?.contains(other) && one.tagName === 'INPUT';
        if (across > 1 && down > 1 && !inField) problems.push(`${nameOf(one)} lies over ${nameOf(other)}`);
      }
    }
    return problems;
  });
}
