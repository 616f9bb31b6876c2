import type { Page } from 'playwright-core';
import { testIds } from '../grafana-plugin/src/components/testIds.ts';
import { screenshot } from './browser.ts';
import { pageTests, testInHost } from './page-tests.ts';
import type { Role } from './sites.ts';

const { browser, site, openPage } = pageTests({ keeper: true });

/** Sends a line above Loki's limit of 1 MB, which Loki refuses and counts. */
async function sendRefusedLine(): Promise<void> {
  const values = [[`${Date.now()}000000`, 'x'.repeat(1_100_000)]];
  const response = await fetch(`${site.stack?.urls.loki}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Scope-OrgID': site.tenant },
    body: JSON.stringify({ streams: [{ stream: { service_name: 'long' }, values }] }),
  });
  expect(response.status).toBe(400);
}

const notice = (page: Page) => page.getByTestId(testIds.page.pipeline);
const open = async (role: Role) => {
  const page = await openPage(new URLSearchParams(), role);
  await page.getByTestId(testIds.page.count).waitFor();
  return page;
};

testInHost('it sends entries that Loki refuses')(
  'a notice that Loki refuses entries is shown to administrators and readers, until it is dismissed',
  async () => {
    const quiet = await open('admin');
    await notice(quiet).waitFor({ state: 'attached' });
    expect(await notice(quiet).textContent()).toBe('');
    // Pages share the user's cookie, so requests of this page for the next user would be refused.
    await quiet.waitForLoadState('networkidle');
    await quiet.close();

    let page = await open('reader');
    // The keeper checks every five seconds, and only reports refusals after its first check.
    for (const end = Date.now() + 40_000; Date.now() < end && !(await notice(page).textContent());) {
      await sendRefusedLine();
      await page.waitForTimeout(3_000);
      page = await open('reader');
      await page.waitForTimeout(1_000);
    }
    const text = await notice(page).textContent();
    expect(text).toMatch(/Entries of the last \d+ min may be missing/);
    expect(text).toMatch(/Loki refused entries: line_too_long, \d+ so far\..*Tell an administrator/);
    await screenshot(page, 'pipeline-notice-reader');

    const admin = await open('admin');
    await notice(admin).getByText('max_line_size: 1MB').waitFor();
    for (const theme of ['light', 'dark'] as const) {
      await site.show(admin.context(), { theme });
      await admin.reload();
      for (const width of [1024, 2560]) {
        await admin.setViewportSize({ width, height: 900 });
        await notice(admin).getByText('may be missing').waitFor();
        await screenshot(admin, `pipeline-notice-${theme}-${width}`);
      }
    }
    await notice(admin).getByRole('link', { name: 'Causes and remedies' }).click();
    const help = admin.getByTestId(testIds.page.help);
    await help.getByText('line_too_long').waitFor();
    await screenshot(admin, 'pipeline-help');

    await notice(page).getByRole('button', { name: /close/i }).click();
    expect(await notice(page).textContent()).toBe('');
    expect(browser.errors()).toEqual([]);
  },
  90_000,
);

testInHost('it stops the keeper')(
  'a keeper that is down or older causes no notice, and no repeated requests',
  async () => {
    await site.keeper?.stop();
    const page = await open('reader');
    await page.waitForTimeout(2_000);
    expect(await notice(page).textContent()).toBe('');
    // The browser logs the failed requests.
    expect(browser.errors(/502 .*\/v1\/(health\/pipeline|entries)/)).toEqual([]);

    let requests = 0;
    const older = await browser.newPage();
    await site.login(older, 'reader');
    await older.route('**/v1/health/pipeline', (route) => {
      requests += 1;
      return route.fulfill({ status: 404, json: { code: 'NOT_FOUND' } });
    });
    await older.clock.install();
    await older.goto(site.pageUrl);
    await older.getByTestId(testIds.page.count).waitFor();
    await older.clock.runFor(10 * 60_000);
    expect(requests).toBe(1);
    expect(await notice(older).textContent()).toBe('');
    expect(browser.errors(/404 .*\/v1\/health\/pipeline|502 .*\/v1\/entries/)).toEqual([]);
  },
  60_000,
);
