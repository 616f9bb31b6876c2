import type { Page } from 'playwright-core';

/**
 * Layout problems: controls that overlap, that are cut off by the page's frame, or whose text does not fit and has no
 * ellipsis; and a page that is wider than its window. Table cells are not checked, because the table scrolls.
 */
export async function layoutProblems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const main = document.querySelector('main') ?? document.body;
    const CONTROLS = 'button, a[href], input, [role="tab"], [role="button"]';
    const controls = [...main.querySelectorAll<HTMLElement>(CONTROLS)].filter((one) => {
      const { width, height } = one.getBoundingClientRect();
      return (
        // Elements for screen readers are a pixel wide, and the inputs of choices are below their labels.
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
      // The shorthand `font` is empty if font features are set.
      pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
      const room = one.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
      return one.value === '' && textOverflow !== 'ellipsis' && pen.measureText(one.placeholder).width > room;
    };
    for (const [at, one] of controls.entries()) {
      const box = one.getBoundingClientRect();
      if (box.right > frame.right + 1 || box.left < frame.left - 1)
        problems.push(`${nameOf(one)} is cut off by the frame`);
      const words = [one, ...one.querySelectorAll<HTMLElement>('span')];
      const cut = words.some(
        (word) =>
          getComputedStyle(word).overflowX !== 'visible' &&
          getComputedStyle(word).textOverflow !== 'ellipsis' &&
          word.scrollWidth > word.clientWidth + 1,
      );
      if (cut && one.tagName !== 'INPUT') problems.push(`the text of ${nameOf(one)} does not fit`);
      if (one instanceof HTMLInputElement && isPlaceholderCut(one))
        problems.push(`the placeholder of ${nameOf(one)} is cut off`);
      for (const other of controls.slice(at + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        const otherBox = other.getBoundingClientRect();
        const across = Math.min(box.right, otherBox.right) - Math.max(box.left, otherBox.left);
        const down = Math.min(box.bottom, otherBox.bottom) - Math.max(box.top, otherBox.top);
        // The button in a field that clears it is allowed.
        const inField = one.parentElement?.parentElement?.contains(other) && one.tagName === 'INPUT';
        if (across > 1 && down > 1 && !inField) problems.push(`${nameOf(one)} overlaps ${nameOf(other)}`);
      }
    }
    return problems;
  });
}
