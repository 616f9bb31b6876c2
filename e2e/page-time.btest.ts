import type { Page } from 'playwright-core';
import { completeEntry, formatTime, msToNs, type AuditEntry } from '@auditrail/core';
import { type EntryQuery } from '@auditrail/core/query';
import { uuidv7 } from 'uuidv7';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { sendEntries, waitForTrail } from '../stack/src/testing/otlp.ts';
import { openBrowser, screenshot } from './browser.ts';
import { pageTests, testInHost } from './page-tests.ts';
import { GRAFANA_URL } from './sites.ts';

const { page: onPage, table, histogram, config, details, entryPage } = testIds;
const DAY_MS = 86_400_000;

const { browser, site, openPage } = pageTests();
// Unique, because a Grafana's tenant may have entries of other runs.
const EMAIL = `ada-${Date.now().toString(36)}@example.com`;
let sent = 0;

const entryAt = (ms: number, description: string): AuditEntry =>
  completeEntry(
    { action: 'time.tested', description, actor: { type: 'user', name: 'Ada', email: EMAIL } },
    { id: uuidv7(), time: formatTime(msToNs(ms)), service: 'time' },
  );

async function send(...entries: AuditEntry[]): Promise<void> {
  await sendEntries(site.parts, site.tenant, entries);
  sent += entries.length;
  const query: EntryQuery = { filters: [{ field: 'email', operator: 'is', values: [EMAIL] }] };
  await waitForTrail(site.parts, site.tenant, sent, { query });
}

beforeAll(async () => {
  const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const old = Array.from({ length: 20 }, (_, days) =>
    entryAt(midnight - (days + 1) * DAY_MS + 43_200_000, `noon ${days + 1} days ago`),
  );
  const yesterday = Array.from({ length: 150 }, (_, i) => entryAt(midnight - 3_600_000 - i * 1_000, `evening ${i}`));
  const today = entryAt(midnight, 'first of today');
  await send(...old, ...yesterday, today);
}, 600_000);

async function open(query: Record<string, string> = {}): Promise<Page> {
  const page = await openPage(new URLSearchParams({ user: EMAIL, ...query }));
  await page.getByTestId(onPage.count).waitFor();
  return page;
}

// If not all rows are loaded, the number is an upper bound.
const COUNTED = /^(Up to )?[\d,]+ entries ·/;
const counted = (page: Page, entries: number) =>
  page
    .getByTestId(onPage.count)
    .getByText(new RegExp(`^(Up to )?${entries.toLocaleString('en')} entr(y|ies) ·`))
    .waitFor();
const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);
// Grafana 12.2 uses other labels.
const EARLIER = /Previous time range|range backwards/;
const LATER = /Next time range|range forwards/;
const arrow = (page: Page, name: RegExp) => page.getByTestId(onPage.timeRange).getByRole('button', { name });

test('← and → move by a day, also by keyboard, and never beyond now', async () => {
  const page = await open();
  await counted(page, 1);
  await arrow(page, EARLIER).focus();
  await page.keyboard.press('Enter');
  await counted(page, 151);
  expect(parameter(page, 'from')).toMatch(/T00:00:00\.000Z$/);
  await arrow(page, LATER).click();
  await counted(page, 1);
  expect(parameter(page, 'from')).toBeNull();
  await arrow(page, GRAFANA_URL ? LATER : /already ends now/).click();
  expect(parameter(page, 'from')).toBeNull();
  expect(browser.errors()).toEqual([]);
});

test('the week and month buttons set the range', async () => {
  const page = await open();
  for (const [name, from] of [
    ['Month', 'now/M'],
    ['Week', 'now/w'],
  ] as const) {
    await page.getByTestId(onPage.timeRange).getByRole('radio', { name }).click();
    await page.waitForURL((url) => url.searchParams.get('from') === from);
  }
});

test('the choice of UTC or browser time is remembered and in the URL', async () => {
  const page = await open();
  const chart = page.getByTestId(histogram.container);
  await chart.getByText(/UTC$/).waitFor();
  await page.getByTestId(onPage.timeZone).click();
  await page.waitForURL((url) => url.searchParams.get('tz') === 'browser');
  const again = await open();
  await again.getByTestId(onPage.timeZone).getByText('Browser time').waitFor();
  await again.getByTestId(onPage.timeZone).click();
  await again.getByTestId(onPage.timeZone).getByText('UTC').waitFor();
});

test('browser times have their time zone: in rows, copied text, the chart and the page of an entry', async () => {
  const kolkata = await openBrowser('Asia/Kolkata');
  try {
    await kolkata.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await kolkata.newPage();
    await site.login(page, 'admin');
    const query = { from: 'now-7d', to: 'now', user: EMAIL, q: 'noon 2 days ago' };
    await page.goto(`${site.pageUrl}?${new URLSearchParams(query)}`);
    const row = page.getByTestId(table.row).first();
    await row.waitFor();
    const copied = async () => {
      await row.focus();
      await page.keyboard.press('Control+c');
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const noon = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - 2 * DAY_MS + 43_200_000).toISOString();
    const day = noon.slice(0, 10);
    expect(await copied()).toContain(`"${day} 12:00:00 UTC"\t`);

    await page.getByTestId(onPage.timeZone).click();
    await row.getByText(`${day} 17:30:00`).waitFor();
    await page.getByText('When (Asia/Calcutta)').waitFor();
    expect(await copied()).toContain(`"${day} 17:30:00 UTC+05:30"\t`);
    const chart = page.getByTestId(histogram.container);
    await page.getByTestId(histogram.chart).focus();
    await page.keyboard.press('ArrowLeft');
    const marked = page.getByTestId(histogram.marked).filter({ hasText: / Asia\/Calcutta: \d/ });
    await marked.waitFor();
    await page.keyboard.press('Escape');
    const { x, y } = (await page.getByTestId(histogram.chart).boundingBox())!;
    await page.mouse.move(x + 200, y + 20);
    await chart
      .getByTestId(histogram.tip)
      .getByText(/ Asia\/Calcutta$/)
      .waitFor();

    await row.getByTestId(table.expand).click();
    const exact = `${day}T17:30:00.000000000+05:30`;
    await row.getByText(exact).waitFor();
    // The JSON has the stored time.
    expect(await row.getByTestId(details.container).innerText()).toContain(noon.slice(0, 19));
    await row.getByTestId(details.permalink).click();
    const alone = page.getByTestId(entryPage.container);
    await alone.getByText(`${day} 17:30:00 UTC+05:30`).waitFor();
    await alone.getByText(exact).waitFor();
    await screenshot(page, 'page-time-zone');
    expect(kolkata.errors()).toEqual([]);
  } finally {
    await kolkata.close();
  }
}, 60_000);

test('the configuration sets the default time range', async () => {
  const page = await browser.newPage();
  await site.login(page, 'admin');
  const choose = async (name: string) => {
    await page.goto(site.configUrl);
    await page.getByTestId(config.defaultRange).getByRole('radio', { name }).click();
    await page.getByTestId(config.submit).click();
    await page.getByTestId(config.submit).and(page.locator(':enabled')).waitFor();
  };
  await choose('Last 24 hours');
  const opened = await open();
  await opened.getByTestId(onPage.timeRange).getByText('Last 24 hours').first().waitFor();
  await choose('Today');
});

test('selecting a part of the chart zooms in; zooming out widens the range', async () => {
  const page = await open({ from: 'now-20d', to: 'now' });
  await page.getByTestId(onPage.count).getByText(COUNTED).waitFor();
  const box = (await page.getByTestId(histogram.chart).boundingBox())!;
  const at = (part: number) => [box.x + box.width * part, box.y + box.height / 2] as const;
  await page.mouse.move(...at(0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.5), { steps: 5 });
  await page
    .getByTestId(histogram.marked)
    .getByText(/success/)
    .waitFor();
  await screenshot(page, 'page-time-marking');
  await page.mouse.up();
  await page.waitForURL((url) => /Z$/.test(url.searchParams.get('from') ?? ''));
  const span = Date.parse(parameter(page, 'to')!) - Date.parse(parameter(page, 'from')!);
  expect(span / DAY_MS).toBeGreaterThan(4);
  expect(span / DAY_MS).toBeLessThan(6.5);
  await page.getByTestId(onPage.count).getByText(COUNTED).waitFor();
  await page.getByTestId(histogram.zoomOut).click();
  await page.waitForURL((url) => {
    const [from, to] = [url.searchParams.get('from'), url.searchParams.get('to')];
    return Date.parse(to ?? '') - Date.parse(from ?? '') > 1.9 * span;
  });
});

test('the chart has axes, and a tooltip at the pointer', async () => {
  const page = await open({ from: 'now-20d', to: 'now' });
  await page.getByTestId(onPage.count).getByText(COUNTED).waitFor();
  const chart = page.getByTestId(histogram.container);
  const text = await chart.innerText();
  // The maximum, 0, and the days of the range.
  expect(text).toMatch(/^\d+\n(\d+\n)?0\n/);
  expect(text.match(/^\d\d-\d\d$/gm)?.length).toBeGreaterThan(2);
  const { x, y } = (await page.getByTestId(histogram.chart).boundingBox())!;
  await page.mouse.move(x + 300, y + 20);
  await chart
    .getByTestId(histogram.tip)
    .getByText(/\d+ success$/)
    .waitFor();
  await screenshot(page, 'page-time-tip');
  await page.mouse.move(0, 0);
  await chart.getByTestId(histogram.tip).waitFor({ state: 'detached' });
  expect(browser.errors()).toEqual([]);
});

test('the chart can be zoomed by keyboard', async () => {
  const page = await open({ from: 'now-20d', to: 'now' });
  await page.getByTestId(onPage.count).getByText(COUNTED).waitFor();
  await page.getByTestId(histogram.chart).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => /Z$/.test(url.searchParams.get('from') ?? ''));
});

test('live: new entries are added at the top, and wait while a row is open', async () => {
  const page = await open({ from: 'now-2d', to: 'now' });
  await page.getByTestId(table.row).first().waitFor();
  await page.getByTestId(onPage.live).click();
  await page.waitForURL((url) => url.searchParams.get('live') === '1');
  await page.getByTestId(onPage.liveStatus).waitFor();
  await send(entryAt(Date.now(), 'seen at once'));
  await page.getByTestId(table.row).first().getByText('seen at once').first().waitFor();

  await page.getByTestId(table.expand).first().click();
  await send(entryAt(Date.now(), 'waits'), entryAt(Date.now() + 1, 'waits too'));
  const fresh = page.getByTestId(onPage.fresh);
  await fresh.getByText('2 new entries').waitFor();
  await page.getByTestId(table.row).first().getByText('seen at once').first().waitFor();
  await screenshot(page, 'page-time-live');
  await fresh.click();
  await page.getByTestId(table.row).first().getByText('waits too').waitFor();
  // The button is removed, and the focus moves to the first new row.
  await page.locator('[data-index="0"]:focus').waitFor();
  expect(await page.getByText('seen at once').count()).toBeGreaterThan(0);
  expect(browser.errors()).toEqual([]);
});

test('live: late entries are inserted by time, or wait while a row is open', async () => {
  const page = await open({ from: 'now-2d', to: 'now', q: 'latecomer', live: '1' });
  await page.getByTestId(onPage.liveStatus).waitFor();
  const minutes = (ago: number) => entryAt(Date.now() - ago * 60_000, `latecomer of ${ago} minutes`);
  await send(minutes(0));
  await page.getByTestId(table.row).getByText('latecomer of 0 minutes').waitFor();
  await send(minutes(10), minutes(40));
  await page.getByTestId(table.row).nth(2).getByText('latecomer of 40 minutes').waitFor({ timeout: 40_000 });
  await page.getByTestId(table.row).nth(1).getByText('latecomer of 10 minutes').waitFor();
  await counted(page, 3);

  await page.getByTestId(table.expand).first().click();
  await send(minutes(20), minutes(60), minutes(70));
  const fresh = page.getByTestId(onPage.fresh);
  await fresh.getByText('3 new entries').waitFor({ timeout: 40_000 });
  expect(await page.getByText('latecomer of 20 minutes').count()).toBe(0);
  // New entries are still found after that.
  await send(minutes(1));
  await fresh.getByText('4 new entries').waitFor();
  await fresh.click();
  await page.getByText('latecomer of 70 minutes').waitFor();
  await counted(page, 7);
  expect(browser.errors()).toEqual([]);
}, 150_000);

testInHost('it stops the gateway')('live: an outage is reported, and reading continues after it', async () => {
  const page = await open({ from: 'now-2d', to: 'now', live: '1' });
  await page
    .getByTestId(onPage.liveStatus)
    .getByText(/as they arrive/)
    .waitFor();
  const { gateway } = site.stack!;
  await gateway.kill();
  await page
    .getByTestId(onPage.liveStatus)
    .getByText(/cannot be read/)
    .waitFor({ timeout: 20_000 });
  await gateway.start();
  await send(entryAt(Date.now(), 'after the outage'));
  await page.getByTestId(table.row).first().getByText('after the outage').waitFor({ timeout: 30_000 });
  expect(browser.errors(/502/)).toEqual([]);
});

test('the count grows while it is read, and counting can be stopped and continued', async () => {
  let held = true;
  const released: Array<() => void> = [];
  // Delays the slices after the first, as with millions of entries.
  const query = new URLSearchParams({ from: 'now-20d', to: 'now', user: EMAIL });
  const page = await openPage(query, 'admin', (tab) =>
    tab.route(/query_range.*step=/, async (route) => {
      if (held) await new Promise<void>((resolve) => released.push(resolve));
      await route.continue();
    }),
  );
  await page.getByTestId(table.row).first().waitFor();
  const count = page.getByTestId(onPage.count);
  await count.getByText(/[\d,]+ entries so far, counting/).waitFor();
  await screenshot(page, 'page-time-counting');
  await page.getByTestId(onPage.countButton).click();
  await count.getByText(/entries counted, back to/).waitFor();
  held = false;
  released.forEach((go) => go());
  await page.getByTestId(onPage.countButton).click();
  await count.getByText(COUNTED).waitFor();
});

test('a range beyond the retention is reported', async () => {
  const page = await open({ from: 'now-2y', to: 'now' });
  await page
    .getByTestId(onPage.retention)
    .getByText(/365 days/)
    .waitFor();
});

test('ranges that end now include entries of a clock that is 15 minutes fast', async () => {
  const email = `fast-${EMAIL}`;
  const fast = Array.from({ length: 22 }, (_, i) => {
    const entry = entryAt(Date.now() + 900_000 + i, `fast ${i}`);
    return { ...entry, actor: { ...entry.actor, email } };
  });
  const query: EntryQuery = { filters: [{ field: 'email', operator: 'is', values: [email] }] };
  await sendEntries(site.parts, site.tenant, fast.slice(0, 21));
  await waitForTrail(site.parts, site.tenant, 21, { query });
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  for (const range of [{}, { from: 'now-5m', to: 'now' }, { from: new Date(today).toISOString(), to: 'now' }]) {
    const page = await open({ user: email, ...range });
    await counted(page, 21);
    await page.getByText('fast 20', { exact: true }).waitFor();
    expect(await page.getByTestId(table.row).count()).toBeGreaterThan(0);
  }
  const live = await open({ user: email, live: '1' });
  await counted(live, 21);
  await sendEntries(site.parts, site.tenant, fast.slice(21));
  await live.getByText('fast 21', { exact: true }).waitFor();
  await counted(live, 22);
  expect(browser.errors()).toEqual([]);
});
