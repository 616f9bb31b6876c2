import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startShop, type RunningShop } from '../examples/shop/src/index.ts';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { openBrowser, screenshot, type TestBrowser } from './browser.ts';
import { addFilter, chooseValue, expectCount } from './filter-steps.ts';
import { openHost, type Site } from './sites.ts';

// The whole path: a user does something in an app, and the audit page shows it.
const { page: onPage, table, details } = testIds;
const MAX_DELAY_MS = 5_000;
// The default range, today, would be empty just after midnight.
const LAST_HOUR = 'from=now-1h&to=now';

let folder: string;
let browser: TestBrowser;
let site: Site;
let shop: RunningShop;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shop-to-page-'));
  browser = await openBrowser();
  site = await openHost();
  const { urls, tokensFor } = site.parts;
  shop = await startShop({
    dataDir: folder,
    endpoint: urls.collector,
    tenant: site.tenant,
    token: tokensFor(site.tenant).write,
    demo: true,
  });
}, 600_000);

afterAll(async () => {
  await browser.close();
  await shop.stop();
  await site.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function signIn(tab: Page, password: string): Promise<void> {
  await tab.goto(`${shop.url}/login`);
  await tab.getByLabel('E-mail').fill('ada@example.com');
  await tab.getByLabel('Password').fill(password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.waitForLoadState();
}

/** Refreshes the audit page until its first row has this text. @returns milliseconds since `began` */
async function waitForFirstRow(tab: Page, text: string, began: number): Promise<number> {
  const first = tab.getByTestId(table.row).first();
  for (;;) {
    await tab.getByTestId(onPage.refresh).click();
    if ((await first.innerText({ timeout: MAX_DELAY_MS })).includes(text)) return Date.now() - began;
    if (Date.now() - began > 4 * MAX_DELAY_MS) throw new Error(`the first row is still: ${await first.innerText()}`);
    await tab.waitForTimeout(250);
  }
}

test('actions in the shop appear on the audit page within seconds, and can be opened, filtered and shared', async () => {
  const shopTab = await browser.newPage();
  const auditTab = await browser.newPage();
  await site.login(auditTab, 'admin');

  await signIn(shopTab, 'wrong password');
  await signIn(shopTab, 'ada-demo-password');
  const began = Date.now();
  await auditTab.goto(`${site.pageUrl}?${LAST_HOUR}`);
  expect(await waitForFirstRow(auditTab, 'Ada Lovelace signed in', began)).toBeLessThan(MAX_DELAY_MS);
  const row = await auditTab.getByTestId(table.row).first().innerText();
  for (const part of ['ada@example.com', 'user.login', 'success', '127.0.0.1']) expect(row).toContain(part);

  await auditTab.getByTestId(table.expand).first().click();
  const entry = JSON.parse(await auditTab.getByTestId(details.json).innerText()) as Record<string, unknown>;
  expect(entry).toMatchObject({ action: 'user.login', channel: 'auth', outcome: 'success', service: 'shop' });
  await screenshot(auditTab, 'shop-sign-in-on-the-page');

  await addFilter(auditTab, 'Outcome');
  await chooseValue(auditTab, /^failure/);
  await expectCount(auditTab, 1);
  expect(await auditTab.getByTestId(table.row).first().innerText()).toContain('failure');

  const shared = await browser.newPage();
  await shared.goto(auditTab.url());
  await expectCount(shared, 1);
  expect(await shared.getByTestId(table.row).allInnerTexts()).toHaveLength(1);
  expect(browser.errors(/401|403/)).toEqual([]);
}, 90_000);

test('the audit page shows who viewed personal data, from where and on which page, but not views of the list', async () => {
  const shopTab = await browser.newPage();
  await signIn(shopTab, 'ada-demo-password');
  await shopTab.goto(`${shop.url}/customers`);
  await shopTab.goto(`${shop.url}/customers/5`);
  const page = await browser.newPage();
  await site.login(page, 'admin');
  await page.goto(`${site.pageUrl}?${LAST_HOUR}&channel=pii-read`);
  await waitForFirstRow(page, 'pii.read.customer', Date.now());
  await expectCount(page, 1);
  await page.getByTestId(table.expand).first().click();
  const text = await page.getByTestId(details.container).innerText();
  for (const part of ['Ada Lovelace · ada@example.com', '127.0.0.1', 'GET /customers/5 200'])
    expect(text).toContain(part);
  expect(browser.errors(/401|403/)).toEqual([]);
}, 90_000);
