import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { formatTime } from '@auditrail/core';
import { type TimeRange } from '@auditrail/core/query';
import type { TestBrowser } from '../../../e2e/browser.ts';
import { PLUGIN_ID } from '../../../e2e/sites.ts';
import { testIds } from '../../../grafana-plugin/src/components/testIds.ts';
import { median, round } from '../figures.ts';
import { personEmail } from '../load-entries.ts';
import { measureScrolling } from './scrolling.ts';

const ROUNDS = { quick: 3, full: 5 };
const { page: onPage, table } = testIds;

/** Measures the page in the browser. Times are medians of several rounds, in milliseconds. */
export async function measurePage(
  browser: TestBrowser,
  hostUrl: string,
  options: { quick: boolean; range: TimeRange },
) {
  const { quick, range } = options;
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.context().addCookies([{ name: 'host_user', value: 'admin', url: hostUrl, sameSite: 'Strict' }]);
  const scripts = watchScripts(page);
  // An absolute range, so that all views have the same entries.
  const view = (more: Record<string, string> = {}) => {
    const [from, to] = [range.start, range.end - 1_000_000n].map((ns) => `${formatTime(ns).slice(0, 23)}Z`);
    return `/a/${PLUGIN_ID}?${new URLSearchParams({ from: from ?? '', to: to ?? '', ...more })}`;
  };

  const cold = performance.now();
  await page.goto(hostUrl + view());
  await page.getByTestId(table.row).first().waitFor();
  const coldMs = performance.now() - cold;
  await page.waitForLoadState('networkidle').catch(() => undefined);
  const gzipBytes = await scripts.gzipBytes();

  const firstRows: number[] = [];
  const userFilter: number[] = [];
  for (let n = 0; n < ROUNDS[quick ? 'quick' : 'full']; n++) {
    await show(page, view({ user: 'nobody@example.com' }), { nothing: true });
    firstRows.push(await show(page, view(), { text: '' }));
    const email = personEmail(1 + n);
    userFilter.push(await show(page, view({ user: email }), { text: email }));
  }

  await show(page, view({ user: 'nobody@example.com' }), { nothing: true });
  const counted = performance.now();
  await show(page, view(), { text: '' });
  const scrolled = await measureScrolling(page, quick ? 5_000 : 100_000, quick ? 6_000 : 120_000);
  // Counting takes longer than loading the rows.
  await page
    .getByTestId(onPage.count)
    .getByText(/^[\d,]+ entries/)
    .waitFor({ timeout: 180_000 });
  const countMs = performance.now() - counted;
  return {
    first_rows_ms: Math.round(median(firstRows)),
    user_filter_ms: Math.round(median(userFilter)),
    ...scrolled,
    page_gzip_kb: round(gzipBytes / 1000, 4),
    cold_load_ms: Math.round(coldMs),
    first_rows_slowest_ms: Math.round(Math.max(...firstRows)),
    user_filter_slowest_ms: Math.round(Math.max(...userFilter)),
    count_at_most_ms: Math.round(countMs),
  };
}

/**
 * Opens another view within the app, as a link does, and waits until it is painted: rows that all contain `text`, or the
 * message that there are no entries.
 *
 * @returns milliseconds
 */
async function show(page: Page, url: string, expected: { text: string } | { nothing: true }): Promise<number> {
  return page.evaluate(
    async ({ url: to, ids, text }) => {
      const began = performance.now();
      history.pushState({}, '', to);
      dispatchEvent(new PopStateEvent('popstate', { state: {} }));
      const done = () => {
        if (text === undefined) return document.querySelector(`[data-testid="${ids.empty}"]`) !== null;
        const rows = [...document.querySelectorAll(`[data-testid="${ids.row}"]`)];
        return rows.length > 0 && rows.every((row) => row.textContent.includes(text));
      };
      // A frame callback runs before painting, so the next one proves that this frame was painted.
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      do await frame();
      while (!done());
      await frame();
      return performance.now() - began;
    },
    { url, ids: { row: table.row, empty: table.empty }, text: 'text' in expected ? expected.text : undefined },
  );
}

// Collects the plugin's scripts. Grafana sends them compressed.
function watchScripts(page: Page) {
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.includes(`/plugins/${PLUGIN_ID}/`) && pathname.endsWith('.js')) bodies.push(response.body());
  });
  return {
    async gzipBytes() {
      const all = await Promise.all(bodies);
      return all.reduce((sum, body) => sum + gzipSync(body).length, 0);
    },
  };
}
