import type { Page } from 'playwright-core';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';

// Steps with the page's filters that tests share. They wait for the page's state, not for time to pass.
const { page: onPage, filters } = testIds;

/** Reading and counting take long on a loaded machine. */
const COUNT_TIMEOUT_MS = 20_000;

const textOf = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'entry' : 'entries'}`;

/**
 * Waits until the page has counted this number of entries.
 *
 * @throws Error with the count, the filters and the address of the page if it shows another number
 */
export async function expectCount(page: Page, count: number): Promise<void> {
  const shown = page.getByTestId(onPage.count);
  try {
    // "Up to" more than a hundred entries until all rows are loaded.
    await shown.getByText(new RegExp(`^(Up to )?${textOf(count)} `)).waitFor({ timeout: COUNT_TIMEOUT_MS });
  } catch (cause) {
    const found = (await shown.allInnerTexts()).join();
    const chips = (await page.getByTestId(filters.edit).allInnerTexts()).join('; ');
    throw new Error(`The page shows "${found}" instead of "${textOf(count)}". Filters: ${chips}. ${page.url()}`, {
      cause,
    });
  }
}

/** Selects a field in the menu "+ Filter" and waits until a value can be typed. */
export async function addFilter(page: Page, field: string): Promise<void> {
  await page.getByTestId(filters.add).click();
  await page.getByRole('option', { name: field, exact: true }).click();
  await waitForEditor(page);
}

/** Waits until an open filter has the focus. Keys that are pressed before are lost. */
export async function waitForEditor(page: Page): Promise<void> {
  await page.getByTestId(filters.editor).getByTestId(filters.typed).and(page.locator(':focus')).waitFor();
}

/** Selects a value of the open filter by mouse, waits until it is selected, and closes the filter. */
export async function chooseValue(page: Page, value: string | RegExp): Promise<void> {
  const editor = page.getByTestId(filters.editor);
  await editor.getByRole('option', { name: value }).first().click();
  await editor.getByRole('option', { name: value, selected: true }).first().waitFor();
  await page.keyboard.press('Escape');
  await editor.waitFor({ state: 'detached' });
}
