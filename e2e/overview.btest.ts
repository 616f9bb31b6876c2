import type { Page } from 'playwright-core';
import type { Filter } from '@auditrail/core/query';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { COUNT_IDS, LIST_IDS } from '../grafana-plugin/src/components/Overview/questions.ts';
import { waitForTrail } from '../stack/src/testing/otlp.ts';
import { seriousProblems } from './accessibility.ts';
import { screenshot } from './browser.ts';
import { tabTo } from './keyboard.ts';
import { layoutProblems } from './layout.ts';
import { pageTests, testInHost } from './page-tests.ts';
import { recordEntries } from './record-entries.ts';
import type { Role } from './sites.ts';

const { overview, page: onPage } = testIds;
const { browser, site } = pageTests({ keeper: true });

const ADA = { type: 'user', id: '1', name: 'Ada', email: 'ada-overview@example.com' } as const;
const BOB = { type: 'user', id: '2', name: 'Bob', email: 'bob-overview@example.com' } as const;
const ENTRIES = [
  ...Array.from({ length: 4 }, () => ({
    ...{ action: 'user.login', channel: 'auth', description: 'Bob could not sign in', actor: BOB },
    ...{ error: { message: 'wrong password' }, source: { ip: '203.0.113.77' } },
  })),
  { action: 'user.login', channel: 'auth', description: 'Ada signed in', actor: ADA },
  { action: 'user.login', channel: 'auth', description: 'Ada signed in again', actor: ADA },
  {
    ...{ action: 'user.role.granted', channel: 'security', description: 'Ada made Bob an administrator', actor: ADA },
    ...{ target: { type: 'user', id: '2', name: 'Bob' } },
  },
  { action: 'pii.read.user', event: 'read', channel: 'pii-read', description: 'Ada read about Bob', actor: ADA },
  { action: 'job.ran', channel: 'jobs', description: 'A job ran', actor: { type: 'system', id: 'j', name: 'Jobs' } },
] as const;

beforeAll(async () => {
  await recordEntries(site.parts, site.tenant, [...ENTRIES], { service: 'overview', integrity: { marks: false } });
  const ofService: Filter = { field: 'service', operator: 'is', values: ['overview'] };
  await waitForTrail(site.parts, site.tenant, ENTRIES.length, {
    query: { filters: [ofService] },
  });
}, 600_000);

async function open(range = 'from=now-1h&to=now', as: Role = 'admin'): Promise<Page> {
  const page = await browser.newPage();
  await site.login(page, as);
  await page.goto(`${site.pageUrl}/overview?${range}`);
  return page;
}
const list = (page: Page, id: (typeof LIST_IDS)[number]) => page.getByTestId(overview.list(id));
async function ready(page: Page): Promise<void> {
  for (const id of LIST_IDS) await page.locator(`[data-testid="${overview.list(id)}"][aria-busy="false"]`).waitFor();
}
const parameters = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);

const alone = testInHost('its tenant may have other entries');
alone('shows numbers and most frequent values, and each leads to its entries', async () => {
  const page = await open();
  await ready(page);
  for (const id of COUNT_IDS) await page.getByTestId(overview.count(id)).getByRole('link').waitFor();
  expect(await page.getByTestId(overview.count('rights')).getByRole('link').innerText()).toBe('1');
  expect(await list(page, 'failedAddresses').getByRole('listitem').first().innerText()).toMatch(/203\.0\.113\.77\s+4/);
  await list(page, 'failedAccounts').getByRole('link', { name: BOB.email }).click();
  await page
    .getByTestId(onPage.count)
    .getByText(/^4 entries/)
    .waitFor();
  expect(parameters(page)).toMatchObject({ from: 'now-1h', to: 'now', user: BOB.email, outcome: 'failure' });
  await page.goBack();
  await page.getByTestId(overview.count('reads')).getByRole('link').click();
  await page
    .getByTestId(onPage.count)
    .getByText(/^1 entry/)
    .waitFor();
  expect(browser.errors()).toEqual([]);
});

test('without entries, it says so', async () => {
  const page = await open('from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z');
  await ready(page);
  for (const id of LIST_IDS) expect(await list(page, id).innerText()).toContain('None in this time range');
  expect(await page.getByTestId(overview.count('entries')).innerText()).toContain('0');
});

test('if the store does not respond, it states the cause and tries again', async () => {
  const page = await browser.newPage();
  await site.login(page, 'admin');
  await page.route(/plugin-proxy/, (route) => route.fulfill({ status: 502, body: '' }));
  await page.goto(`${site.pageUrl}/overview?from=now-1h&to=now`);
  await page.getByTestId(testIds.table.error).waitFor();
  await list(page, 'actions').getByText('Could not be loaded').waitFor();
  await page.unroute(/plugin-proxy/);
  await page.getByTestId(testIds.table.retry).click();
  await list(page, 'actions').getByRole('link', { name: 'user.login' }).waitFor();
  browser.errors(/502/);
}, 60_000);

test.each([1024, 1440, 2560])(
  'has room and no accessibility problem at %d pixels',
  async (width) => {
    const page = await open();
    await page.setViewportSize({ width, height: 1100 });
    await ready(page);
    expect(await layoutProblems(page)).toEqual([]);
    expect(await seriousProblems(page, 'main')).toEqual([]);
    await screenshot(page, `overview-${width}`);
  },
  60_000,
);

test('works by keyboard', async () => {
  const page = await open();
  await ready(page);
  const link = list(page, 'actions').getByRole('link', { name: 'user.login' });
  await list(page, 'people').getByRole('link').last().focus();
  await tabTo(page, link, { most: 20 });
  await page.keyboard.press('Enter');
  await page.getByTestId(onPage.count).waitFor();
  expect(parameters(page)).toMatchObject({ action: 'user.login' });
});

const ofReader = testInHost('it has a reader without the permission for personal data');
ofReader('masks addresses for readers without the permission, and does not link them', async () => {
  const page = await open('from=now-1h&to=now', 'reader');
  await ready(page);
  const account = list(page, 'failedAccounts').getByRole('listitem').first();
  expect(await account.innerText()).toContain('b•••@example.com');
  expect(await account.getByRole('link').count()).toBe(0);
  expect(await list(page, 'failedAddresses').innerText()).not.toContain('203.0.113.77');
  expect(await list(page, 'actions').getByRole('link', { name: 'user.login' }).count()).toBe(1);
});
