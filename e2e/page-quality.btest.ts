import type { Page } from 'playwright-core';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { seriousProblems } from './accessibility.ts';
import { screenshot } from './browser.ts';
import { waitForEditor } from './filter-steps.ts';
import { tabTo } from './keyboard.ts';
import { layoutProblems } from './layout.ts';
import { pageTests, seededHistory } from './page-tests.ts';
import { GRAFANA_URL } from './sites.ts';

// Checks for all parts of the page: accessibility, keyboard, width, language.
const { page: onPage, table, details, filters, views, columns, histogram, entryPage, config } = testIds;
const { instantExport: exporting, backgroundExports: exports } = testIds;

const { browser, site, openPage } = pageTests({ keeper: true });
const history = seededHistory(site);

// Fake exports in all states. The keeper has its own tests.
const job = { formats: ['ndjson', 'csv'], from: '2026-11-01T00:00:00Z', to: '2026-11-20T00:00:00Z', rows: 12_345 };
const files = job.formats.map((format) => ({ format, rows: 12_345, bytes: 654_321, sha256: '0'.repeat(64) }));
const JOBS = [
  { status: 'running', progress: { rows: 1_200, bytes: 99_000, done: 0.4 } },
  { status: 'completed', files, expiresAt: '2026-11-27T00:00:00Z' },
  { status: 'failed', error: { code: 'LOKI_UNREACHABLE', message: 'Loki did not answer for ten minutes' } },
  { status: 'expired' },
].map((more, at) => ({
  ...{ id: String(at), name: `November sign-ins ${at}`, createdBy: { name: 'Ada Admin' }, ...job },
  ...{ createdAt: '2026-11-20T10:00:00Z', filters: [{ field: 'action', operator: 'is', values: ['user.login'] }] },
  ...more,
}));

async function open(
  more: Record<string, string> = {},
  jobs: unknown[] = JOBS,
  viewport = { width: 1440, height: 900 },
): Promise<Page> {
  const query = new URLSearchParams([...history.range, ...Object.entries(more)]);
  const page = await openPage(query, 'admin', async (tab) => {
    await tab.setViewportSize(viewport);
    await tab.route('**/keeper/v1/exports*', (route) => route.fulfill({ json: { exports: jobs, total: jobs.length } }));
  });
  await page.getByTestId(table.row).first().waitFor();
  return page;
}

// In a Grafana, only the plugin's part of the page is checked.
const WHOLE = GRAFANA_URL ? 'main' : 'html';

const byId = (id: string) => `[data-testid="${id}"]`;
const OF_MENU = '[role="menu"]';

interface State {
  name: string;
  /** Brings the page into this state. @returns a selector of the part to check; default: the whole page */
  prepare: (page: Page) => Promise<string | void>;
  query?: Record<string, string>;
  jobs?: unknown[];
}

const STATES: State[] = [
  { name: 'rows', prepare: async () => {} },
  { name: 'filtered', query: { outcome: 'failure', q: 'review' }, prepare: async () => {} },
  {
    name: 'details',
    query: { action: 'product.updated' },
    prepare: async (page) => {
      await page.getByTestId(table.expand).first().click();
      await page.getByTestId(details.container).first().waitFor();
      await page.getByTestId(details.relation('actor')).waitFor();
    },
  },
  {
    name: 'filter',
    query: { outcome: 'failure' },
    prepare: async (page) => {
      await page.getByTestId(filters.edit).click();
      await page.getByTestId(filters.editor).getByRole('option').first().waitFor();
      // Grafana's popover hides the rest of the page from screen readers.
      return byId(filters.editor);
    },
  },
  {
    name: 'fields',
    prepare: async (page) => {
      await page.getByTestId(filters.add).click();
      await page.getByRole('option').first().waitFor();
      return '[role="listbox"]';
    },
  },
  {
    name: 'saved-views',
    prepare: async (page) => {
      await page.getByTestId(views.menu).click();
      await page.getByTestId(views.manage).waitFor();
      return OF_MENU;
    },
  },
  {
    name: 'saved-views-dialog',
    prepare: async (page) => {
      await page.getByTestId(views.menu).click();
      await page.getByTestId(views.manage).click();
      await page.getByTestId(views.name).waitFor();
      return '[role="dialog"]';
    },
  },
  {
    name: 'columns',
    prepare: async (page) => {
      await page.getByTestId(columns.open).click();
      await page.getByTestId(columns.menu).waitFor();
      return byId(columns.menu);
    },
  },
  {
    name: 'export-menu',
    prepare: async (page) => {
      await page.getByTestId(exporting.menu).click();
      await page.getByTestId(exporting.background).waitFor();
      return OF_MENU;
    },
  },
  {
    name: 'export-dialog',
    prepare: async (page) => {
      await page.getByTestId(exporting.menu).click();
      await page.getByTestId(exporting.background).click();
      await page.getByTestId(exports.name).and(page.locator(':focus')).waitFor();
      return '[role="dialog"]';
    },
  },
  { name: 'exports', prepare: openExports },
  { name: 'exports-none', jobs: [], prepare: openExports },
];

async function openExports(page: Page): Promise<void> {
  await page.getByTestId(exports.container).getByRole('button').first().click();
  await page.getByTestId(exports.container).getByRole('table').or(page.getByTestId(exports.empty)).waitFor();
}

describe.each(['light', 'dark'] as const)('no serious accessibility problems, %s:', (theme) => {
  beforeEach(() => site.show(browser.context, { theme }));

  test.each(STATES)('$name', async ({ name, query, jobs, prepare }) => {
    const page = await open(query, jobs);
    const within = (await prepare(page)) ?? WHOLE;
    await page.waitForTimeout(250);
    await screenshot(page, `quality-${name}-${theme}`);
    expect(await seriousProblems(page, within)).toEqual([]);
  });

  test('the page of one entry', async () => {
    const page = await open({ action: 'product.updated' });
    await page.getByTestId(table.expand).first().click();
    await page.getByTestId(details.permalink).click();
    await page.getByTestId(entryPage.around).waitFor();
    await page.getByTestId(details.container).waitFor();
    await screenshot(page, `quality-entry-${theme}`);
    const [action, badge] = [page.getByText('product.updated', { exact: true }), page.getByTestId(table.eventBadge)];
    const [left, right] = [(await action.first().boundingBox())!, (await badge.boundingBox())!];
    expect(right.x - left.x - left.width).toBeGreaterThanOrEqual(8);
    expect(await seriousProblems(page, WHOLE)).toEqual([]);
  });

  test('the page of an unknown entry', async () => {
    const page = await openPage(new URLSearchParams({ entry: 'none' }));
    await page.getByTestId(entryPage.notFound).waitFor();
    expect(await seriousProblems(page, WHOLE)).toEqual([]);
  });

  test('configuration', async () => {
    const page = await browser.newPage();
    await site.login(page, 'admin');
    await page.goto(site.configUrl);
    await page.getByTestId(config.form).waitFor();
    await screenshot(page, `quality-configuration-${theme}`);
    expect(await seriousProblems(page, WHOLE)).toEqual([]);
  });
});

test('the whole page can be used by keyboard', async () => {
  const page = await open();
  const { keyboard } = page;
  const urlHas = (part: string) => page.waitForURL((url) => decodeURIComponent(url.search).includes(part));

  // Saved views.
  await tabTo(page, page.getByTestId(views.menu));
  await keyboard.press('Enter');
  await page.getByTestId(views.manage).waitFor();
  await keyboard.press('Escape');
  await page.getByTestId(views.manage).waitFor({ state: 'detached' });
  // The export menu.
  await tabTo(page, page.getByTestId(exporting.menu));
  await keyboard.press('Enter');
  await page.getByTestId(exporting.background).waitFor();
  await keyboard.press('Escape');
  await page.getByTestId(exporting.background).waitFor({ state: 'detached' });

  // Tabs.
  await tabTo(page, page.getByTestId(filters.tabs));
  for (let presses = 0; presses < 4; presses++) {
    if (await page.evaluate(() => document.activeElement?.textContent?.startsWith('User'))) break;
    await keyboard.press('Tab');
  }
  await keyboard.press('Enter');
  await urlHas('tab=user');

  // Time zone and refresh.
  await tabTo(page, page.getByTestId(onPage.timeZone));
  await keyboard.press('Enter');
  await urlHas('tz=browser');
  await keyboard.press('Enter');
  await tabTo(page, page.getByTestId(onPage.refresh));
  await keyboard.press('Enter');

  // Search; a filter is added and changed.
  await tabTo(page, page.getByTestId(filters.search));
  await keyboard.type('tea');
  await urlHas('q=tea');
  await tabTo(page, page.getByTestId(filters.add));
  await keyboard.press('Enter');
  await page.getByRole('option').first().waitFor();
  await keyboard.type('User e');
  await keyboard.press('Enter');
  await waitForEditor(page);
  await page.getByRole('option', { name: /ada@/ }).waitFor();
  await keyboard.type('ada@example.com');
  await keyboard.press('Enter');
  await urlHas('user=ada@example.com');
  await keyboard.press('Escape');
  await page.getByTestId(filters.editor).waitFor({ state: 'detached' });
  await tabTo(page, page.getByTestId(filters.edit), { key: 'Shift+Tab' });
  await keyboard.press('Enter');
  await waitForEditor(page);
  await page.getByRole('option', { name: /bob@/ }).waitFor();
  await keyboard.type('bob@example.com');
  await keyboard.press('Enter');
  await urlHas('user=bob@example.com');
  await keyboard.press('Escape');
  await page.getByTestId(filters.editor).waitFor({ state: 'detached' });

  // Chart and columns.
  await tabTo(page, page.getByTestId(histogram.chart));
  await keyboard.press('ArrowLeft');
  expect(await page.getByTestId(histogram.marked).innerText()).not.toBe('');
  await keyboard.press('Escape');
  await tabTo(page, page.getByTestId(columns.open));
  await keyboard.press('Enter');
  await page.getByTestId(columns.menu).waitFor();
  await keyboard.press('Escape');
  await page.getByTestId(columns.menu).waitFor({ state: 'detached' });

  // Rows: move, open, close.
  await tabTo(page, page.getByTestId(table.row));
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await page.getByTestId(details.container).waitFor();
  await tabTo(page, page.getByTestId(details.copyLink));
  await keyboard.press('Escape');
  await page.getByTestId(details.container).waitFor({ state: 'detached' });
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-index'))).toBe('1');

  // Clear all filters.
  await tabTo(page, page.getByTestId(filters.clearAll), { key: 'Shift+Tab' });
  await keyboard.press('Enter');
  await page.waitForURL((url) => !url.search.includes('user='));
  expect(await page.evaluate((id) => document.activeElement?.closest(id) !== null, byId(filters.add))).toBe(true);
  expect(browser.errors()).toEqual([]);
});

const WIDTHS = [1024, 1440, 1920, 2560];

describe.each(['en-US', 'de-DE', 'ja-JP'] as const)('%s:', (language) => {
  beforeEach(() => site.show(browser.context, { language }));

  test.each(WIDTHS)('at %d pixels no control is cut off or overlaps another', async (width) => {
    const query = { action: 'product.updated', user: 'ada@example.com', 'ip!': '10.0.0.4' };
    const page = await open(query, JOBS, { width, height: 1000 });
    await page.getByTestId(onPage.count).waitFor();
    await screenshot(page, `quality-${language}-${width}`);
    expect(await layoutProblems(page)).toEqual([]);
    await page.getByTestId(table.expand).first().click();
    await page.getByTestId(details.relation('actor')).waitFor();
    await openExports(page);
    await page.waitForTimeout(250);
    await screenshot(page, `quality-${language}-${width}-open`);
    expect(await layoutProblems(page)).toEqual([]);
  });
});
