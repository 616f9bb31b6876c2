import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from './browser.ts';
import { seed, type Seed } from './seed.ts';
import { GRAFANA_URL, openGrafana, openHost, type Role, type Site, type SiteOptions } from './sites.ts';

/** Shared by the tests of a file; set before the first test. */
export interface PageTests {
  browser: TestBrowser;
  site: Site;
  /** Opens the page in a new tab with these URL parameters, as a signed-in user. `prepare` runs before. */
  openPage: (query: URLSearchParams, as?: Role, prepare?: (page: Page) => Promise<unknown>) => Promise<Page>;
}

/**
 * Sets up the tests of a file: in the Grafana of `GRAFANA_URL` if it is set, or else in the development host on its own stack.
 * Before each test, preferences, saved views and browser data are reset; the theme is dark and the language English.
 *
 * @param options for the development host
 * @example const { browser, site, openPage } = pageTests({ keeper: true });
 */
export function pageTests(options: SiteOptions = {}): PageTests {
  const browser = {} as TestBrowser;
  const site = {} as Site;
  const ends: Array<() => Promise<void>> = [];

  beforeAll(async () => {
    Object.assign(browser, await openBrowser());
    ends.push(() => browser.close());
    Object.assign(site, GRAFANA_URL ? await openGrafana() : await openHost(options));
    ends.push(() => site.stop());
  }, 600_000);

  afterAll(async () => {
    for (const end of ends) await end();
  });

  beforeEach(async () => {
    await browser.clearStorage(site.pageUrl);
    await site.resetUsers();
    browser.errors();
  });

  afterEach(() => browser.closePages());

  return {
    browser,
    site,
    async openPage(query, as = 'admin', prepare = async () => {}) {
      const page = await browser.newPage();
      await site.login(page, as);
      await prepare(page);
      await page.goto(`${site.pageUrl}?${query}`);
      return page;
    },
  };
}

/** Writes a history before the first test. */
export function seededHistory(site: Site): Seed {
  const history = {} as Seed;
  beforeAll(async () => void Object.assign(history, await seed(site)), 600_000);
  return history;
}

type Test = (name: string, run: () => Promise<void>, timeoutMs?: number) => void;

/** `test` that runs only in the development host. @param reason why it is skipped in a Grafana */
export const testInHost = (reason: string): Test =>
  GRAFANA_URL ? (name) => test.skip(`${name} (not in a Grafana: ${reason})`, () => {}) : test;

/** `test` that runs only in a real Grafana. */
export const testInGrafana: Test = GRAFANA_URL
  ? test
  : (name) => test.skip(`${name} (skipped: GRAFANA_URL is not set)`, () => {});
