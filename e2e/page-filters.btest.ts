import type { Page } from 'playwright-core';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { seriousProblems } from './accessibility.ts';
import { screenshot } from './browser.ts';
import { addFilter, expectCount, waitForEditor } from './filter-steps.ts';
import { pageTests, seededHistory } from './page-tests.ts';
import type { Seed } from './seed.ts';

// Filters, tabs and saved views of the page, with a real Loki.
const { page: onPage, table, filters, views } = testIds;

const { browser, site, openPage } = pageTests();
const history = seededHistory(site);

const openView = (more: [string, string][] = []) => openPage(new URLSearchParams([...history.range, ...more]));

const search = (page: Page) => new URL(page.url()).search;
const seeded = (matches: (entry: Seed['entries'][number]) => boolean) => history.entries.filter(matches).length;

async function addFilterByKeyboard(page: Page, field: string): Promise<void> {
  await page.getByTestId(filters.add).click();
  await page.keyboard.type(field);
  await page.getByRole('option', { name: field, exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await waitForEditor(page);
}

test('a filter is added, edited and removed by keyboard: field, operator, values with their counts', async () => {
  const page = await openView();
  await expectCount(page, history.entries.length);
  expect(await page.getByTestId(filters.clearAll).count()).toBe(0);
  await addFilterByKeyboard(page, 'Action');
  const logins = seeded(({ action }) => action === 'user.login');
  const option = page.getByRole('option', { name: `user.login ${logins}` });
  await option.waitFor();
  // Fast typing loses no characters.
  await page.keyboard.type('user.lo');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expectCount(page, logins);
  expect(search(page)).toContain('&action=user.login');
  await page.getByRole('radio', { name: 'is any of', exact: true }).click();
  await page.getByRole('option', { name: /stock\.counted/ }).click();
  await expectCount(page, logins + 1);
  await screenshot(page, 'page-filters-editor');
  await page.getByRole('radio', { name: 'is not any of', exact: true }).click();
  await expectCount(page, history.entries.length - logins - 1);
  await page.keyboard.press('Escape');
  await page.getByTestId(filters.editor).waitFor({ state: 'detached' });
  expect(await page.getByTestId(filters.edit).innerText()).toMatch(/^Action is not any of user\.login, stock\.counted/);
  // The whole edit is one step in the browser's history.
  await page.goBack();
  await expectCount(page, history.entries.length);
  await page.goForward();
  await expectCount(page, history.entries.length - logins - 1);
  await page.getByTestId(filters.remove).click();
  await expectCount(page, history.entries.length);
  expect(browser.errors()).toEqual([]);
});

test('common filters are one click away; Enter uses the typed or the first matching value', async () => {
  const page = await openView();
  await expectCount(page, history.entries.length);
  await page.getByTestId(filters.quick('action')).click();
  await page.getByRole('option', { name: /^product\.updated/ }).waitFor();
  await page.keyboard.type('stock');
  await page.getByRole('option', { name: 'Use "stock"' }).waitFor();
  await page.keyboard.press('Enter');
  await expectCount(page, 1);
  expect(search(page)).toContain('&action=stock.counted');
  await page.keyboard.press('Escape');
  // The chip replaces the button.
  expect(await page.getByTestId(filters.quick('action')).count()).toBe(0);
  for (const field of ['email', 'outcome', 'ip']) expect(await page.getByTestId(filters.quick(field)).count()).toBe(1);
  expect(browser.errors()).toEqual([]);
});

test('a row under the pointer does not open its preview over an open filter', async () => {
  const page = await openView();
  await expectCount(page, history.entries.length);
  const row = page.getByTestId(table.row).nth(9);
  await row.hover();
  const button = (await row.getByTestId(table.preview).boundingBox())!;
  const hoverButton = async () => {
    await page.mouse.move(button.x - 50, button.y + 5);
    await page.waitForTimeout(100);
    await page.mouse.move(button.x + 5, button.y + 5, { steps: 3 });
  };
  await page.mouse.move(0, 0);
  await addFilterByKeyboard(page, 'Outcome');
  await hoverButton();
  await page.waitForTimeout(600);
  expect(await page.getByTestId(table.previewText).count()).toBe(0);
  await page.keyboard.press('Escape');
  await page.getByTestId(filters.editor).waitFor({ state: 'detached' });
  await hoverButton();
  await page.getByTestId(table.previewText).waitFor();
});

test('a value that is clicked while further values arrive is selected', async () => {
  const page = await openView();
  await expectCount(page, history.entries.length);
  const held = Promise.withResolvers<void>();
  await page.route(/topk/, async (route) => {
    await held.promise;
    await route.continue();
  });
  await addFilter(page, 'Action');
  await page.keyboard.type('stock');
  const typed = page.getByRole('option', { name: 'Use "stock"' });
  await typed.hover();
  await page.mouse.down();
  const found = page.waitForResponse(/topk/);
  held.resolve();
  await found;
  const status = page.getByTestId(filters.valuesStatus);
  await status.locator('svg').waitFor({ state: 'detached' });
  expect(await page.getByRole('option').count()).toBe(1);
  await page.mouse.up();
  await expectCount(page, 0);
  expect(search(page)).toContain('&action=stock');
  await page.getByRole('option', { name: /^stock\.counted/ }).waitFor();
  expect(browser.errors()).toEqual([]);
});

test.each<[string, [string, string][], (entry: Seed['entries'][number]) => boolean]>([
  ['a network', [['ip', '10.0.0.0/30']], ({ source }) => /^10\.0\.0\.[0-3]$/.test(source?.ip ?? '')],
  ['not a network', [['ip!', '10.0.0.0/8']], ({ source }) => !/^10\./.test(source?.ip ?? '')],
  ['a part of an e-mail', [['user~', 'BOB@']], ({ actor }) => actor.email === 'bob@example.com'],
  ['a search for an address', [['q', '10.0.0.4']], ({ source }) => source?.ip === '10.0.0.4'],
  ['the error message', [['errorMessage', 'wrong password']], ({ error }) => error?.message === 'wrong password'],
  ['a search for an error message', [['q', 'WRONG pass']], ({ error }) => error?.message === 'wrong password'],
  ['a tab', [['tab', 'system']], ({ actor }) => actor.type === 'system'],
])('filter in the URL: %s', async (_, more, matches) => {
  const page = await openView(more);
  await expectCount(page, seeded(matches));
  expect(seeded(matches)).toBeGreaterThan(0);
});

test('a link of a dashboard sets time range, services and channels; a link of a bar its time', async () => {
  const page = await openView();
  const from = Date.parse(history.range.get('from')!);
  const to = Date.parse(history.range.get('to')!);
  const link = `${site.pageUrl}/log?from=${from}&to=${to}&outcome=failure`;
  const failedOf = (channel: string) => seeded((one) => one.channel === channel && one.outcome === 'failure');
  await page.goto(`${link}&var-service=$__all&var-channel=auth`);
  await expectCount(page, failedOf('auth'));
  expect(new URL(page.url()).pathname).toBe(new URL(site.pageUrl).pathname);
  expect(await page.getByTestId(filters.edit).allInnerTexts()).toEqual(['Outcome is failure', 'Channel is auth']);
  expect(await page.getByTestId(onPage.urlProblems).count()).toBe(0);
  // A bar is an eightieth of the range. The page shows the bar, the one before and the one after.
  const at = from + (to - from) / 2;
  await page.goto(`${link}&at=${at}&var-service=seed`);
  await page.getByTestId(onPage.count).getByText(/entr/).waitFor();
  const failures = history.entries.filter(({ time, outcome }) => {
    const ms = Date.parse(time);
    const bar = (to - from) / 80;
    return outcome === 'failure' && ms >= at - 2 * bar && ms <= at + bar;
  });
  await expectCount(page, failures.length);
  expect(browser.errors()).toEqual([]);
});

test('a link of a dashboard shows viewers the missing permission', async () => {
  const page = await openPage(history.range, 'viewer');
  await page.goto(`${site.pageUrl}/log?${history.range}&var-service=seed`);
  await page.getByTestId(onPage.forbidden).waitFor();
});

test('tabs', async () => {
  const page = await openView();
  await page.getByRole('tab', { name: 'System' }).click();
  await expectCount(page, 1);
  expect(search(page)).toContain('&tab=system');
  expect(await page.getByTestId(table.row).count()).toBe(1);
  await page.goBack();
  await expectCount(page, history.entries.length);
});

test('a saved view can be opened in another tab', async () => {
  const page = await openView([['outcome', 'failure']]);
  const failed = seeded(({ outcome }) => outcome === 'failure');
  await expectCount(page, failed);
  await page.getByTestId(views.menu).click();
  await page.getByTestId(views.manage).click();
  await page.getByTestId(views.name).fill('Failures');
  await page.getByTestId(views.save).click();
  const second = await openView();
  await expectCount(second, history.entries.length);
  await second.getByTestId(views.menu).click();
  await second.getByText('Failures', { exact: true }).click();
  await expectCount(second, failed);
  expect(search(second)).toContain('&outcome=failure');
});

test('invalid URL parameters are reported', async () => {
  const page = await openView([
    ['ip', '10.0.0.0/99'],
    ['colour!', '<red>'],
    ['tab', 'x'],
    ['foo', 'bar'],
    ['orgId', '1'],
  ]);
  const problems = await page.getByTestId(onPage.urlProblems).innerText();
  for (const part of ['"10.0.0.0/99" is not a network', 'no filter "colour"', 'no filter "foo"', 'no tab "x"']) {
    expect(problems).toContain(part);
  }
  expect(problems).not.toContain('orgId');
  await expectCount(page, history.entries.length);
});

test('a suspicious value causes a warning, and is used', async () => {
  const page = await openView([['ip', '999.1.1.1']]);
  expect(await page.getByTestId(onPage.urlDoubts).innerText()).toBe('"999.1.1.1" is not an IP address');
  await expectCount(page, 0);
});

test.each(['light', 'dark'] as const)('no serious accessibility problems in an open filter, %s', async (theme) => {
  await site.show(browser.context, { theme });
  const page = await openView([['outcome', 'failure']]);
  await page.getByTestId(filters.edit).click();
  await page.getByRole('option').first().waitFor();
  await screenshot(page, `page-filters-${theme}`);
  // Grafana's popover hides the rest of the page from screen readers.
  expect(await seriousProblems(page, `[data-testid="${filters.editor}"]`)).toEqual([]);
});
