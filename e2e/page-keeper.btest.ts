import type { Page } from 'playwright-core';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { screenshot } from './browser.ts';
import { addFilter, chooseValue } from './filter-steps.ts';
import { pageTests, seededHistory, testInHost } from './page-tests.ts';
import { recordEntries } from './record-entries.ts';

const { page: onPage, table, filters, details } = testIds;
const { browser, site, openPage } = pageTests({ keeper: true });
const history = seededHistory(site);

// Failed requests, which the browser reports.
const FAILED = /Failed to load resource.*(keeper|health\/pipeline)/;
const inHost = testInHost('it stops the keeper');

/** Opens the view of the history, and lists the questions that the page asks. */
async function openView(more: Record<string, string> = {}, range = history.range) {
  const asked: string[] = [];
  const page = await openPage(new URLSearchParams([...range, ...Object.entries(more)]), 'admin', async (tab) => {
    tab.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      // The comparison of keeper and Loki asks for a few lines.
      const isSample = searchParams.get('direction') !== null && Number(searchParams.get('limit')) <= 20;
      if (/\/(entries|query_range|query)/.test(pathname) && !isSample)
        asked.push(pathname.split('/').slice(4).join('/'));
    });
    await Promise.resolve();
  });
  return { page, asked };
}
const texts = (page: Page) => page.getByTestId(table.description).allInnerTexts();
const hint = (page: Page) => page.getByTestId(onPage.source);
const count = (page: Page, text: string | RegExp) => page.getByTestId(onPage.count).getByText(text).waitFor();

/** Scrolls to the end, and lists all rows in their order. */
async function allRows(page: Page, meanwhile: (rows: number) => Promise<void> = () => Promise.resolve()) {
  const shown: string[] = [];
  const take = async () => {
    for (const text of await texts(page)) if (!shown.includes(text)) shown.push(text);
  };
  const end = page.getByTestId(table.end);
  do {
    await take();
    await meanwhile(shown.length);
    await page.getByTestId(table.scroller).evaluate((scroller) => (scroller.scrollTop += 300));
    await page.waitForTimeout(100);
  } while (!(await end.isVisible()) || (await end.boundingBox())!.y > 900);
  await take();
  return shown;
}

const record = (text: string) =>
  recordEntries(
    site.parts,
    site.tenant,
    [{ action: 'user.login', description: text, actor: { type: 'user', id: '1', name: 'Ada' } }],
    { service: 'shop', integrity: { marks: false } },
  );

test('rows, exact number, chart and values come from the keeper, for every filter', async () => {
  const { page, asked } = await openView();
  // More than the first page of rows.
  await count(page, new RegExp(`^${history.entries.length} entries`));
  expect(history.entries.length).toBeGreaterThan(100);
  expect(await hint(page).count()).toBe(0);
  await screenshot(page, 'audit-page-keeper');
  expect(await allRows(page)).toEqual(history.entries.map(({ description }) => description));

  await addFilter(page, 'IP address');
  const found = history.entries.filter(({ source }) => source?.ip === '10.0.0.4').length;
  await page.getByRole('option', { name: new RegExp(`^10\\.0\\.0\\.4\\s*${found}$`) }).waitFor();
  await chooseValue(page, '10.0.0.4');
  await count(page, new RegExp(`^${found} entries`));
  const counted = page.waitForRequest(/entries\/count$/);
  await page.getByTestId(table.expand).first().click();
  await page.getByTestId(details.container).getByText('10.0.0.4').first().waitFor();
  await counted;
  expect(new Set(asked.map((path) => path.replace('keeper/v1/', '')))).toEqual(
    new Set(['entries', 'entries/count', 'entries/volume', 'entries/values', ...lokiOfIntegrity(asked)]),
  );
  expect(browser.errors()).toEqual([]);
  expect(await page.getByTestId(filters.chip).count()).toBeGreaterThan(0);
});

// The chain around an entry is checked in the store of record.
const lokiOfIntegrity = (asked: string[]) => asked.filter((path) => path.startsWith('loki/')).slice(0, 1);

inHost(
  'when the keeper stops in the middle, rows go on in Loki, none missing, none twice; when it is back, it is used',
  async () => {
    const { page, asked } = await openView();
    await count(page, / entries/);
    expect(asked.filter((path) => path.startsWith('loki/'))).toEqual([]);
    await site.keeper!.stop();
    const rows = await allRows(page);
    expect(rows).toEqual(history.entries.map(({ description }) => description));
    await hint(page).waitFor();
    expect(asked.filter((path) => path.startsWith('loki/')).length).toBeGreaterThan(0);
    await screenshot(page, 'audit-page-keeper-stopped');

    // Each further view is read from Loki at once: the keeper is not asked again for a while.
    asked.length = 0;
    await addFilter(page, 'Action');
    await chooseValue(page, 'user.login');
    await count(page, / entries/);
    expect(asked.filter((path) => path.startsWith('keeper/'))).toEqual([]);

    // So is a page that opens without a keeper.
    await page.reload();
    await page.getByTestId(table.row).first().waitFor();
    await hint(page).waitFor();

    site.keeper = await site.restartKeeper!();
    asked.length = 0;
    await page.reload();
    await count(page, / entries/);
    await page.getByTestId(table.row).first().waitFor();
    expect(await hint(page).count()).toBe(0);
    expect(asked.filter((path) => path.startsWith('loki/'))).toEqual([]);
    expect(browser.errors(FAILED)).toEqual([]);
  },
  60_000,
);

inHost(
  'an entry that waits in the queue of the keeper is shown, also in live mode',
  async () => {
    const recent = new URLSearchParams({ from: 'now-15m', to: 'now' });
    await record('first of the recent entries');
    const { page } = await openView({ live: '1' }, recent);
    await page.getByText('first of the recent entries').first().waitFor();
    // The keeper answers, and takes nothing in: entries wait in the queue of the collector.
    await site.keeper!.stop();
    await record('second, which only Loki has');
    site.keeper = await site.restartKeeper!();
    await page.reload();
    await page.getByText('second, which only Loki has').first().waitFor();
    await record('third, while the page follows');
    await page.getByText('third, while the page follows').first().waitFor({ timeout: 12_000 });
    expect(browser.errors(FAILED)).toEqual([]);
  },
  60_000,
);

test('a keeper that accepts requests and never answers is given up', async () => {
  const page = await openPage(history.range, 'admin', (tab) => tab.route('**/keeper/v1/entries**', () => undefined));
  await page.getByTestId(table.row).first().waitFor();
  await hint(page).waitFor();
  expect(await allRows(page)).toEqual(history.entries.map(({ description }) => description));
  expect(browser.errors()).toEqual([]);
});

test('an entry on its own page is found, and one that no one has is reported as missing', async () => {
  const { page } = await openView({ action: 'stock.counted' });
  await page.getByTestId(table.expand).first().click();
  const { id } = JSON.parse(await page.getByTestId(details.json).innerText()) as { id: string };
  const single = await openPage(new URLSearchParams({ entry: id }));
  await single.getByText('Stock was counted').first().waitFor();
  const missing = await openPage(new URLSearchParams({ entry: '019a8f3e-7a10-7000-8000-000000000001' }));
  await missing.getByTestId(testIds.entryPage.notFound).waitFor();
});
