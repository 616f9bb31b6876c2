import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from './browser.ts';
import { seed, type Seed } from './seed.ts';
import { GRAFANA_URL, openGrafana, openHost, type HostWishes, type Role, type Site } from './sites.ts';

/** What the tests of the page share; filled before the first of them. */
export interface PageTests {
  browser: TestBrowser;
  site: Site;
  /** Opens the page in a tab, signed in, by parameters of its address and what else is to be done first. */
  openPage: (query: URLSearchParams, as?: Role, prepare?: (page: Page) => Promise<unknown>) => Promise<Page>;
}

/**
 * Sets up the tests of a file: in the Grafana of `GRAFANA_URL` where it is set, else in the development host on a stack of
 * its own. Each test begins as nobody's: no preference, no saved view, nothing in the browser, dark and English.
 *
 * @param wishes what the host is to have; a Grafana has what it was given
 * @example const { browser, site, openPage } = pageTests({ keeper: true });
 */
export function pageTests(wishes: HostWishes = {}): PageTests {
  const browser = {} as TestBrowser;
  const site = {} as Site;
  const ends: Array<() => Promise<void>> = [];

  beforeAll(async () => {
    Object.assign(browser, await openBrowser());
    ends.push(() => browser.close());
    Object.assign(site, GRAFANA_URL ? await openGrafana() : await openHost(wishes));
    ends.push(() => site.stop());
  }, 600_000);

  afterAll(async () => {
    for (const end of ends) await end();
  });

  beforeEach(async () => {
    await browser.forget(site.pageUrl);
    await site.forget();
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

/** A history that is written before the first test. */
export function seededHistory(site: Site): Seed {
  const history = {} as Seed;
  beforeAll(async () => void Object.assign(history, await seed(site)), 600_000);
  return history;
}

type Test = (name: string, run: () => Promise<void>, timeoutMs?: number) => void;

/** `test` in the development host; in a real Grafana it says why it is skipped. */
export const testInHost = (why: string): Test =>
  GRAFANA_URL ? (name) => test.skip(`${name} (not in a Grafana: ${why})`, () => {}) : test;

/** `test` in a real Grafana; in the development host it says that it is skipped. */
export const testInGrafana: Test = GRAFANA_URL
  ? test
  : (name) => test.skip(`${name} (skipped: GRAFANA_URL is not set)`, () => {});
