import type { Locator, Page } from 'playwright-core';

/**
 * Presses Tab, or another key, until an element or something in it has the focus.
 *
 * @throws Error if `most` presses do not reach it
 */
export async function tabTo(
  page: Page,
  target: Locator,
  { key = 'Tab', most = 80 }: { key?: 'Tab' | 'Shift+Tab'; most?: number } = {},
): Promise<void> {
  const hasFocus = () => target.evaluateAll((all) => all.some((one) => one.contains(document.activeElement)));
  for (let presses = 0; !(await hasFocus()); presses += 1) {
    if (presses === most) throw new Error(`${String(target)} cannot be reached with ${most} presses of ${key}`);
    await page.keyboard.press(key);
  }
}
